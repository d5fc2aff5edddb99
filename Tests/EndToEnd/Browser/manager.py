"""Uses the manager in headless Chromium as people do, without scripts, and prints what it saw as JSON.

    manager.py LINK PORT PASSWORD [SHOTS]

Makes a server at PORT and an agent, stops and starts the server, and deletes both.
"""
import importlib.machinery, importlib.util, json, pathlib, shutil, sys, time

root = pathlib.Path(__file__).resolve().parents[3]
loader = importlib.machinery.SourceFileLoader("look", str(root / "Scripts" / "look-at-page"))
look = importlib.util.module_from_spec(importlib.util.spec_from_loader("look", loader))
loader.exec_module(look)

link, port, password = sys.argv[1:4]
shots = pathlib.Path(sys.argv[4]) if len(sys.argv) > 4 else None
base = link.split("/open")[0]
binary = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])))
browser = look.Browser(binary)


def visit(path, scheme="light", script=False):
    browser.open(base + path, 1200, 900, scheme, script=script)


def do(code):
    return browser.evaluate(f"(()=>{{{code}}})()")


def title():
    return do("return document.querySelector('h1')?.textContent ?? document.body.textContent")


def error():
    return do("return document.querySelector('.error')?.textContent ?? ''")


def leave(code):
    """Something that leads to another page."""
    browser.events = [event for event in browser.events if event.get("method") != "Page.loadEventFired"]
    do(code)
    browser.wait_for("Page.loadEventFired", 60)


def fill(**fields):
    for name, value in fields.items():
        do(f"document.getElementById({json.dumps(name)}).value = {json.dumps(value)}")


def press(text):
    """A button or a link by its text. A browser that checks fields before sending them is not what is tried here."""
    leave("const f = document.querySelector('main form'); if (f) f.noValidate = true;"
          f"[...document.querySelectorAll('main button, main a')].find(e => e.textContent.trim() == {json.dumps(text)}).click()")


def choose(label):
    """By the selector at the top."""
    leave("const s = document.getElementById('selector');"
          f"s.value = [...s.options].find(o => o.textContent.startsWith({json.dumps(label)})).value; s.form.querySelector('button').click()")


def choices():
    return do("return [...document.getElementById('selector').options].map(o => o.textContent)")


def state():
    return do("return document.querySelector('.state')?.textContent")


def script():
    return do("return document.querySelector('pre.script')?.textContent")


def finish():
    """The page of work under way loads itself anew until the work is done."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            text = do("return document.querySelector('[role=status]')?.textContent")
            if text and text != "Running…":
                return text
        except RuntimeError:
            pass
        time.sleep(0.3)
    return "never ended"


def shot(name):
    if shots:
        browser.shot(shots / f"manager-{name}.png", whole=True, height=1400)


def contrast():
    return {scheme: (visit("/", scheme, script=True), browser.evaluate(look.CONTRAST)["bad"])[1] for scheme in ["light", "dark"]}


seen = {}
try:
    browser.attach()
    browser.open(link, 1200, 900, "light", script=False)
    seen["first"] = title()
    choose("New instance")
    seen["wizard"] = title()
    press("Next")
    seen["emptyName"] = error()
    fill(name="Group 1")
    press("Next")
    seen["setUp"] = title()
    seen["proposed"] = do("return document.getElementById('address').value")
    fill(address="http://127.0.0.1:%d/" % int(base.rsplit(":", 1)[1]), password=password)
    press("Next")
    seen["takenPort"] = error()
    fill(address=f"http://127.0.0.1:{port}/", administrator="admin", password=password)
    press("Next")
    seen["review"], seen["script"] = title(), script()
    shot("review")
    press("Create")
    seen["created"], seen["scriptAfter"] = finish(), script()
    seen["page"] = do("return document.documentElement.outerHTML")
    press("Save the master key")
    press("Show the master key")
    seen["key"] = len(do("return document.querySelector('main pre').textContent"))
    visit("/new?kind=server")
    fill(name="group 1 ")
    press("Next")
    seen["sameName"] = error()
    visit("/new?kind=agent")
    fill(name="Worker")
    press("Next")
    press("Next")
    seen["agentScript"] = script()
    press("Create")
    seen["agentCreated"] = finish()
    visit("/")
    seen["choices"] = choices()
    seen["rows"] = do("return [...document.querySelectorAll('tbody tr')].map(r => [...r.cells].map(c => c.textContent.trim()))")
    seen["contrast"] = contrast()
    shot("instances")
    visit("/")
    choose("Worker")
    seen["chosenAgent"] = title()
    choose("Group 1")
    seen["chosenServer"] = title()
    shot("server")
    press("Stop")
    seen["stopScript"] = script()
    press("Stop")
    seen["stopped"] = finish()
    press("Go on")
    seen["stateStopped"] = state()
    press("Start")
    press("Start")
    seen["started"] = finish()
    press("Go on")
    seen["stateStarted"] = state()
    visit("/new?kind=server")
    fill(name="Half")
    press("Next")
    fill(administrator="a" * 300, password=password)
    press("Next")
    press("Create")
    seen["half"] = finish()
    visit("/")
    seen["afterHalf"] = choices()
    choose("Group 1")
    press("Log")
    seen["log"] = do("return document.getElementById('log')?.textContent ?? ''")
    press("Back")
    press("Delete")
    fill(again="group")
    press("Delete")
    seen["notDeleted"] = error()
    fill(again="Group 1")
    do("document.querySelector('input[value=purge]').checked = true")
    press("Show script")
    seen["deleteScript"] = script()
    fill(again="Group 1")
    press("Delete")
    seen["deleted"] = finish()
    visit("/")
    choose("Worker")
    press("Delete")
    fill(again="Worker")
    press("Delete")
    seen["agentDeleted"] = finish()
    visit("/")
    seen["last"] = choices()
    print(json.dumps(seen))
finally:
    browser.close()
