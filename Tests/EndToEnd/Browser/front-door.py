"""Uses three servers behind one port in headless Chromium as people do, and prints what happened as JSON.

    front-door.py PORT PASSWORD

/group1 and /group2 of 127.0.0.1 and the host test-octopus, each with a user named after it.
"""
import importlib.machinery, importlib.util, json, pathlib, shutil, sys

root = pathlib.Path(__file__).resolve().parents[3]
loader = importlib.machinery.SourceFileLoader("look", str(root / "Scripts" / "look-at-page"))
look = importlib.util.module_from_spec(importlib.util.spec_from_loader("look", loader))
loader.exec_module(look)

port, password = sys.argv[1], sys.argv[2]
host = f"http://127.0.0.1:{port}"
binary = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])))
browser = look.Browser(binary, "--host-resolver-rules=MAP test-octopus 127.0.0.1")

HELPERS = """
const cookie = name => (document.cookie.split('; ').find(c => c.startsWith(name)) || '').split('=')[1];
const call = async (path, method, body) => {
  const headers = {'Content-Type': 'application/json'};
  const token = cookie('Octopus-Csrf-Token');
  if (token) headers['X-Octopus-Csrf-Token'] = token;
  const r = await fetch(path, {method: method || 'GET', headers, body: body && JSON.stringify(body)});
  const text = await r.text();
  return {status: r.status, url: r.url, location: r.headers.get('location'), body: text ? JSON.parse(text) : null};
};
"""


def run(code):
    return browser.evaluate("(async()=>{" + HELPERS + code + "})()")


def sign_in(base, user):
    return run(f"return (await call('{base}/api/users/login','POST',{{Username:'{user}',Password:'{password}'}})).status")


def who(base):
    return run(f"const r = await call('{base}/api/users/me'); return r.status == 200 ? r.body.Username : r.status")


result = {}
try:
    browser.attach()
    visit = lambda url: browser.open(url, 1280, 900, "light")
    visit(f"{host}/group1")
    result["redirected"] = browser.evaluate("location.pathname")
    visit(f"{host}/group1/api")
    result["before"] = [who("/group1"), who("/group2")]
    result["signedIn1"] = sign_in("/group1", "group1")
    result["afterFirst"] = [who("/group1"), who("/group2")]
    result["cookies1"] = browser.evaluate("document.cookie.split('; ').filter(c => c).length")
    visit(f"{host}/group2/api")
    result["leaked"] = browser.evaluate("document.cookie")
    result["signedIn2"] = sign_in("/group2", "group2")
    result["both"] = [who("/group1"), who("/group2")]
    sent = browser.call("Network.getCookies", urls=[f"{host}/group2/api"])["cookies"]
    result["paths2"] = sorted({c["path"] for c in sent})
    visit(f"{host}/group1/api")
    result["created"] = run("""
        const made = await call('/group1/api/Spaces-1/environments', 'POST', {Name: 'From a browser'});
        const found = await call(made.location);
        return {status: made.status, location: made.location, name: found.body.Name, self: found.body.Links.Self};""")
    result["strays"] = run("""
        const strays = [], seen = new Set(), queue = ['/group1/api', '/group1/api/Spaces-1'];
        const walk = (value, inLinks) => {
          if (typeof value === 'string') {
            if (!inLinks || !value.startsWith('/')) return;
            if (!value.startsWith('/group1/')) strays.push(value);
            const path = value.replace(/\\{.*/, '');
            if (!value.includes('/{') && path.startsWith('/group1/api') && !seen.has(path) && queue.length < 120) {
              seen.add(path); queue.push(path);
            }
          } else if (value && typeof value === 'object')
            for (const [k, v] of Object.entries(value)) walk(v, k === 'Links' || (inLinks && typeof v === 'string'));
        };
        let answered = 0;
        for (let i = 0; i < queue.length; i++) {
          const r = await fetch(queue[i]);
          if (r.status == 200 && (r.headers.get('content-type') || '').includes('json')) { answered++; walk(await r.json(), false); }
        }
        return {strays, answered};""")
    result["signedOut"] = run("return (await call('/group1/api/users/logout', 'POST', {})).status")
    result["afterSignOut"] = [who("/group1"), who("/group2")]
    visit(f"http://test-octopus:{port}/api")
    result["otherHostBefore"] = [who(""), browser.evaluate("document.cookie")]
    result["signedIn3"] = sign_in("", "test-octopus")
    result["otherHost"] = who("")
    print(json.dumps(result))
finally:
    browser.close()
