"""Sends what nobody should send to every form of a manager, and prints what came of it as JSON.

    manager-hostile.py LINK FOLDER

The server “Group 1” and the agent “Worker” are there. FOLDER is empty.
"""
import html.parser, http.cookiejar, json, os, pathlib, re, subprocess, sys, urllib.error, urllib.parse, urllib.request

link, folder = sys.argv[1], pathlib.Path(sys.argv[2])
base = link.split("/open")[0]
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
hostile = [
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>", f"$(touch {folder}/made) `touch {folder}/made`; touch {folder}/made #",
    "/../../../etc/passwd", "-x --help", "'\"\\ \u202e \U0001f600 {{title}} {{{content}}}", "x" * 5000,
]
# Programs that print what a shell gives them.
for name in ["skerry", "skerry-agent"]:
    (folder / name).write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    (folder / name).chmod(0o755)


class Form(html.parser.HTMLParser):
    """Names of the fields, and the script that is shown."""
    def __init__(self, text):
        super().__init__()
        self.fields, self.hidden, self.script, self.inside, self.labels, self.named = [], {}, "", False, set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "label" and "for" in found:
            self.labels.add(found["for"])
        if tag in ("input", "textarea", "select") and found.get("name") and found["name"] != "place":
            if found.get("type") == "hidden":
                self.hidden[found["name"]] = found["value"]
            else:
                self.fields.append(found["name"])
                if found.get("type") not in ("radio", "checkbox"):
                    self.named.add(found.get("id"))
        self.inside = self.inside or (tag == "pre" and found.get("class") == "script")

    def handle_endtag(self, tag):
        if tag == "pre":
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.script += data


def fetch(path, fields=None, data=None, **headers):
    if fields is not None:
        data = urllib.parse.urlencode(fields).encode()
    request = urllib.request.Request(base + path, data=data, headers=headers)
    try:
        with opener.open(request, timeout=300) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


fetch(link[len(base):])
errands = ["start", "stop", "restart", "settings", "certificate", "trust", "service", "admin", "backup", "clone", "rename",
           "delete", "new-key", "key"]
pages = [f"/instances/server/group-1/{name}" for name in errands if name != "trust"]
pages += [f"/instances/agent/worker/{name}" for name in errands if name not in ("admin", "new-key", "key")]
pages += [f"/machine/{name}" for name in ["upgrade", "recover", "restore", "schedule", "backup-all"]] + ["/new"]
seen = {"pages": len(pages), "wrong": [], "scripts": 0, "unlabelled": []}


def look(path, what, status, text, allowed):
    if status not in allowed or "<script>alert" in text or "<img src=x" in text:
        seen["wrong"].append([path, what[:40], status, text[-300:]])


for path in pages:
    status, text = fetch(path)
    form = Form(text)
    if status != 200 or "form" not in form.hidden:
        seen["wrong"].append([path, "no form", status])
        continue
    token = form.hidden["form"]
    seen["unlabelled"] += [f"{path} {field}" for field in form.named - form.labels]
    look(path, "no token", *fetch(path, {"do": "run"}), [403])
    look(path, "another token", *fetch(path, {"do": "run", "form": "0" * 64}), [403])
    for number, bad in enumerate(hostile):
        fields = dict.fromkeys(form.fields, bad) | {"form": token, "do": "show"}
        status, text = fetch(path, fields)
        look(path, bad, status, text, [200, 422])
        script = Form(text).script
        if script:
            seen["scripts"] += 1
            if fetch(path, fields | {"do": "save"}) != (200, script):
                seen["wrong"].append([path, bad[:40], "the saved script is another one"])
            ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, stdin=subprocess.DEVNULL, env={
                "PATH": f"{folder}:/usr/bin:/bin", "SKERRY_ADMIN_PASSWORD": "x", "SKERRY_BACKUP_PASSPHRASE": "x"})
            if ran.returncode != 0:
                seen["wrong"].append([path, bad[:40], "script", ran.stderr])
        if number < 2 and form.fields and path != "/new":
            look(path, "check " + bad, *fetch(path, fields | {"do": "check"}), [200, 422])
    look(path, "control characters", *fetch(path, {"form": token, "do": "show", "name": "a\0b"}), [422])
    look(path, "too long", *fetch(path, {"form": token, "do": "show", "name": "x" * 70_000}), [413])
    look(path, "no form", *fetch(path, data=b"%zz=%%&&&=\xff"), [400, 403])
# The wizard's second page.
token = Form(fetch("/new")[1]).hidden["form"]
for kind, fields in [("server", {"address": "", "administrator": "", "password": "a password"}), ("agent", {"port": "", "trust": ""})]:
    status, text = fetch("/new", {"form": token, "kind": kind, "name": "Not made", "home": "", "account": ""})
    draft = None
    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_): return None
    quiet = urllib.request.build_opener(NoRedirect, *[h for h in opener.handlers if isinstance(h, urllib.request.HTTPCookieProcessor)])
    try:
        quiet.open(urllib.request.Request(base + "/new", data=urllib.parse.urlencode(
            {"form": token, "kind": kind, "name": "Not made"}).encode()))
    except urllib.error.HTTPError as error:
        draft = error.headers["Location"]
    for bad in hostile:
        for field in fields:
            status, text = fetch(draft, {**fields, field: bad, "form": token})
            look(draft[:8] + kind, bad, status, text, [200, 422])
            script = Form(text).script
            if script:
                seen["scripts"] += 1
                ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                     env={"PATH": f"{folder}:/usr/bin:/bin", "SKERRY_ADMIN_PASSWORD": "x"})
                if ran.returncode != 0:
                    seen["wrong"].append([draft, bad[:40], "script", ran.stderr])
for path in ["/jobs/../../etc/passwd", "/jobs/%2e%2e%2f%2e%2e", "/instances/server/..%2f..", "/new/zz", "/jobs/" + "0" * 5000]:
    look(path, path, *fetch(path), [400, 404, 414, 431])
for host in ["elsewhere.example", "127.0.0.1:1", "localhost", "127.0.0.1.elsewhere.example:" + base.split(":")[-1]]:
    look("/", host, *fetch("/", Host=host), [421])
seen["made"] = (folder / "made").exists()
print(json.dumps(seen))
