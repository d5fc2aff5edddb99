"""Uses a server at / and one at /group1 of the same port in headless Chromium, and prints what happened as JSON.

    root-and-path.py PORT PASSWORD

Their users are `root` and `group1`.
"""
import importlib.machinery, importlib.util, json, pathlib, shutil, sys

root = pathlib.Path(__file__).resolve().parents[3]
loader = importlib.machinery.SourceFileLoader("look", str(root / "Scripts" / "look-at-page"))
look = importlib.util.module_from_spec(importlib.util.spec_from_loader("look", loader))
loader.exec_module(look)

port, password = sys.argv[1], sys.argv[2]
host = f"http://127.0.0.1:{port}"
binary = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])))
browser = look.Browser(binary)


def run(code):
    return browser.evaluate("(async()=>{" + code + "})()")


def sign_in(base, user):
    return run(f"""return (await fetch('{base}/api/users/login', {{method: 'POST',
        headers: {{'Content-Type': 'application/json'}},
        body: JSON.stringify({{Username: '{user}', Password: '{password}'}})}})).status""")


def who(base):
    return run(f"""const r = await fetch('{base}/api/users/me');
        return r.status == 200 ? (await r.json()).Username : r.status""")


def sessions(path):
    """How many session cookies the browser would send there."""
    sent = browser.call("Network.getCookies", urls=[f"{host}{path}"])["cookies"]
    return len([c for c in sent if c["name"].startswith("OctopusIdentificationToken")])


def change(base, suffix):
    """Makes an environment as a page does, with the token of that server's own cookie."""
    return run(f"""const name = 'Octopus-Csrf-Token_{suffix}=';
        const token = document.cookie.split('; ').find(c => c.startsWith(name)).slice(name.length);
        return (await fetch('{base}/api/Spaces-1/environments', {{method: 'POST', headers: {{
            'Content-Type': 'application/json', 'X-Octopus-Csrf-Token': token}},
            body: JSON.stringify({{Name: 'From a browser'}})}})).status""")


def suffix(base):
    return run(f"return (await (await fetch('{base}/api')).json()).InstallationId.slice(0, 8)")


result = {}
try:
    browser.attach()
    browser.open(f"{host}/group1/", 1280, 900, "light")
    names = [suffix(""), suffix("/group1")]
    result["signedInRoot"] = sign_in("", "root")
    result["afterRoot"] = [who(""), who("/group1")]
    result["sentAfterRoot"] = [sessions("/api/users/me"), sessions("/group1/api/users/me"), sessions("/group1/")]
    result["signedInGroup"] = sign_in("/group1", "group1")
    result["both"] = [who(""), who("/group1")]
    result["sent"] = [sessions("/api/users/me"), sessions("/group1/api/users/me")]
    result["changed"] = [change("", names[0]), change("/group1", names[1])]
    result["signedOut"] = run(f"""const name = 'Octopus-Csrf-Token_{names[0]}=';
        const token = document.cookie.split('; ').find(c => c.startsWith(name)).slice(name.length);
        return (await fetch('/api/users/logout', {{method: 'POST', headers: {{'X-Octopus-Csrf-Token': token}}}})).status""")
    result["afterSignOut"] = [who(""), who("/group1")]
    print(json.dumps(result))
finally:
    browser.close()
