"""Kills managers, their work and its commands, acts in two tabs at once, and prints what it saw as JSON.

    manager-robust.py SKERRY

SKERRY_ROOT is a machine with the servers “Group 1” and “Group 2”, which run as services.
"""
import fcntl, json, os, pathlib, re, signal, subprocess, sys, time
sys.dont_write_bytecode = True
from managerpages import Manager

skerry, root = sys.argv[1], pathlib.Path(os.environ["SKERRY_ROOT"])
seen = {}


class Running:
    """A manager, and a browser that has opened its link."""
    def __init__(self, pages=None):
        self.process = subprocess.Popen([skerry, "manager", "--no-open"], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        link = re.search(r"http\S+", line)[0]
        self.pages = pages or Manager(link)
        if pages:
            pages.base = link.split("/open")[0]
            pages.browser.open(link, 1200, 900, "light", script=False)

    def end(self, how, closes=True):
        if closes:
            self.pages.browser.close()
        self.process.send_signal(how)
        self.process.wait(60)


class Registry:
    """Holds the lock that commands wait for."""
    def __enter__(self):
        self.file = open(root / "run/skerry/locks/registry.lock", "w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file.close()


def processes(*words):
    """Those of this machine whose command line holds all of the words."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes().decode(errors="replace")
            mine = str(root) in (entry / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if mine and all(word in line for word in words):
            found.append(int(entry.name))
    return found


def wait_for(what, condition):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise TimeoutError(what)


def work(m):
    m.visit("/jobs")
    return m.do("return [...document.querySelectorAll('tbody tr')].map(r => r.cells[0].textContent + ': ' + r.cells[2].textContent)")


def begin_forget_default(m):
    m.visit("/instances/server/group-2/default")
    m.press("Make it the default")
    return m.do("return location.pathname")


first = Running()
with Registry():
    place = begin_forget_default(first.pages)
    wait_for("the command", lambda: processes("set-default-instance"))
    seen["running"] = first.pages.text("[role=status]")
    first.end(signal.SIGKILL, closes=False)
    # Commands wait a minute for the lock: the browser goes on.
    second = Running(first.pages)
    m = second.pages
    seen["afterKill"] = work(m)
    m.visit(place)
    seen["stillRunning"] = m.text("[role=status]")
    m.visit("/instances/server/group-2/stop")
    m.press("Stop")
    seen["busy"] = m.title() + ": " + m.text("main p")
m.visit(place)
seen["ended"] = m.finish()

# The process that does the work.
m.visit("/instances/server/group-1/default")
with Registry():
    m.press("Make it the default")
    place = m.do("return location.pathname")
    wait_for("the command", lambda: processes("set-default-instance"))
    os.kill(wait_for("the worker", lambda: processes("--carry-out", place.split("/")[-1]))[0], signal.SIGKILL)
    seen["interrupted"] = m.finish()
    seen["interruptedStep"] = m.text(".step p")
wait_for("the end of the command", lambda: not processes("set-default-instance"))

# The command.
m.visit("/instances/server/group-1/settings")
with Registry():
    m.fill(maxConnections="99")
    m.press("Change")
    os.kill(wait_for("the command", lambda: processes("configure", "--maxConnections"))[0], signal.SIGKILL)
    seen["killed"] = m.finish()
    seen["killedStep"] = m.text(".step p")

# Two tabs: what the second one shows is not there any more.
tab = m.browser.session
m.visit("/instances/server/group-1/delete")
m.browser.session = None
m.browser.attach()
m.visit("/instances/server/group-1/rename")
m.fill(name="Group One")
m.press("Rename")
seen["renamed"] = m.finish()
m.browser.session = tab
m.fill(again="Group 1")
m.press("Delete")
seen["gone"] = m.title() + ": " + m.text("main p")
seen["work"] = work(m)
second.end(signal.SIGINT)

# A log that is being read with scripts.
live = Running()
live.pages.visit("/instances/server/group-2/log", script=True)
with open(root / "var/log/skerry/server/group-2/service.log", "a") as log:
    log.write("a line <b>written</b> now\n")
seen["live"] = bool(wait_for("the new line", lambda: "a line <b>written</b> now" in live.pages.text("#log")))
live.process.send_signal(signal.SIGINT)
seen["endsWithLog"] = live.process.wait(120)
live.pages.browser.close()

# Another manager beside it sees the same work.
third, fourth = Running(), Running()
seen["others"] = [len(work(third.pages)), len(work(fourth.pages))]
third.end(signal.SIGTERM)
fourth.end(signal.SIGINT)
print(json.dumps(seen))
