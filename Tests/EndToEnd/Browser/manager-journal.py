"""Reads the log of a systemd unit on the manager's page, from a journal of its own, and prints what it saw as JSON.

    manager-journal.py SKERRY

To be run in a mount namespace of its own, by root. SKERRY_ROOT is a machine with the server “Group 1”.
"""
import json, os, pathlib, re, signal, subprocess, sys, time
sys.dont_write_bytecode = True
from managerpages import Manager

skerry, unit = sys.argv[1], "skerry-server-group-1.service"
for place in ["/run", "/etc/systemd/system"]:
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
for place in ["/run/systemd/journal", "/run/log/journal"]:
    os.makedirs(place)
pathlib.Path("/etc/systemd/system", unit).write_text("[Service]\n")
journal = subprocess.Popen(["/lib/systemd/systemd-journald"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for(what, condition):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    raise TimeoutError(what)


def say(text):
    """As systemd says something of a unit."""
    fields = f"MESSAGE={text}\nOBJECT_SYSTEMD_UNIT={unit}\n"
    subprocess.run(["logger", "--journald"], input=fields, text=True, check=True)


def followers():
    return subprocess.run(["pgrep", "-P", str(manager.pid), "journalctl"], capture_output=True, text=True).stdout.split()


seen = {}
try:
    wait_for("the journal", lambda: os.path.exists("/run/systemd/journal/socket"))
    manager = subprocess.Popen([skerry, "manager", "--no-open"], stdout=subprocess.PIPE, text=True)
    with Manager(re.search(r"http\S+", manager.stdout.readline())[0]) as m:
        m.visit("/instances/server/group-1/log")
        seen["empty"] = m.text("main p")
        say("the first line")
        wait_for("the first line", lambda: (m.visit("/instances/server/group-1/log"), "the first line" in m.text("#log"))[1])
        seen["place"] = m.text("main p")
        m.visit("/instances/server/group-1/log", script=True)
        wait_for("a follower", followers)
        say("a line <i>written</i> later")
        wait_for("the new line", lambda: "a line <i>written</i> later" in m.text("#log"))
        seen["lines"] = m.text("#log").count("the first line"), m.text("#log").count("written")
        m.visit("/")
        seen["left"] = wait_for("the end of the follower", lambda: not followers())
    manager.send_signal(signal.SIGINT)
    seen["ended"] = manager.wait(60)
finally:
    journal.terminate()
    journal.wait(30)
print(json.dumps(seen))
