"""Looks at every page of the manager as one who cannot see well, or has no mouse, and prints what it saw as JSON.

    manager-access.py LINK [SHOTS]

The servers “Group 1” and “Broken” (whose configuration is gone) and the agent “Worker” are there.
"""
import json, os, sys, time
sys.dont_write_bytecode = True
from managerpages import Manager

seen = {"bad": [], "pages": 0}
server = ["", "/log", "/key", "/start", "/settings", "/certificate", "/admin", "/service", "/backup", "/new-key", "/clone",
          "/rename", "/delete"]
agent = ["", "/settings", "/certificate", "/trust", "/service", "/backup", "/clone", "/rename", "/delete"]
broken = ["", "/repair", "/forget", "/delete"]
pages = [f"/instances/server/group-1{place}" for place in server] + [f"/instances/agent/worker{place}" for place in agent]
pages += [f"/instances/server/broken{place}" for place in broken]
pages += ["/", "/new", "/doctor", "/jobs", "/machine/upgrade", "/machine/recover", "/machine/restore", "/machine/schedule",
          "/machine/backup-all", "/nothing"]
STRUCTURE = """
const bad = [], ids = [...document.querySelectorAll('[id]')].map(e => e.id);
if (document.querySelectorAll('h1').length != 1) bad.push('one h1');
if (document.documentElement.lang != 'en') bad.push('lang');
if (!document.title.includes('Skerry')) bad.push('title');
if (new Set(ids).size != ids.length) bad.push('ids twice');
if (document.querySelectorAll('main').length != 1) bad.push('one main');
const levels = [...document.querySelectorAll('h1,h2,h3,h4')].map(e => +e.localName[1]);
levels.forEach((level, n) => { if (n && level > levels[n - 1] + 1) bad.push('a heading is left out'); });
if (document.documentElement.scrollWidth > innerWidth) bad.push('wider than the window');
return bad"""
NAMED = {"button", "link", "textbox", "combobox", "radio", "checkbox", "group", "navigation", "table"}


def nameless():
    """Things to use that a screen reader could not call by a name."""
    nodes = m.browser.call("Accessibility.getFullAXTree")["nodes"]
    return [node["role"]["value"] for node in nodes
            if not node.get("ignored") and node.get("role", {}).get("value") in NAMED
            and not node.get("name", {}).get("value", "").strip()]


def press(key, code, text=None):
    m.browser.key(key, code, text)


def focused():
    return m.do("return document.activeElement?.textContent?.trim() || document.activeElement?.id")


def tab_to(label):
    for _ in range(60):
        press("Tab", 9)
        if focused() == label:
            return True
    return False


def settled(title):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if m.title() == title:
                return True
        except RuntimeError:
            pass
        time.sleep(0.1)
    return False


with Manager(sys.argv[1], None) as m:
    for page in pages:
        for scheme, texts in m.contrast(page).items():
            seen["bad"] += [[page, scheme, text] for text in texts]
        seen["bad"] += [[page, problem] for problem in m.do(STRUCTURE) + nameless()]
        m.browser.call("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=False)
        seen["bad"] += [[page, "on a phone: " + problem] for problem in m.do(STRUCTURE)]
        seen["pages"] += 1

    # What is broken is mended.
    m.visit("/instances/server/broken")
    m.press("Repair")
    m.press("Repair")
    seen["repaired"] = m.finish()
    m.press("Go on")
    seen["state"] = m.state()

    # With the keyboard alone.
    m.visit("/")
    press("Tab", 9)
    seen["skip"] = focused()
    seen["skipIsSeen"] = m.do("return document.activeElement.getBoundingClientRect().left >= 0")
    seen["found"] = tab_to("New server")
    seen["ring"] = m.do("return getComputedStyle(document.activeElement).outlineStyle")
    press("Enter", 13, "\r")
    seen["opened"] = settled("New instance")
    m.do("document.getElementById('name').focus()")
    m.browser.call("Input.insertText", text="Keyed")
    press("Enter", 13, "\r")
    seen["next"] = settled("Set up Keyed")
    seen["password"] = tab_to("password")
    m.browser.call("Input.insertText", text="a good password")
    press("Enter", 13, "\r")
    seen["review"] = settled("Create Keyed")
    seen["cancel"] = tab_to("Cancel")
print(json.dumps(seen))
