"""The manager's pages in headless Chromium, used as people use them, without scripts."""
import importlib.machinery, importlib.util, json, pathlib, shutil, time

root = pathlib.Path(__file__).resolve().parents[3]
loader = importlib.machinery.SourceFileLoader("look", str(root / "Scripts" / "look-at-page"))
look = importlib.util.module_from_spec(importlib.util.spec_from_loader("look", loader))
loader.exec_module(look)


class Manager:
    def __init__(self, link, shots=None):
        self.base, self.shots = link.split("/open")[0], shots
        binary = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])))
        self.browser = look.Browser(binary)
        self.browser.attach()
        self.browser.open(link, 1200, 900, "light", script=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.close()

    def visit(self, path, scheme="light", script=False):
        self.browser.open(self.base + path, 1200, 900, scheme, script=script)

    def do(self, code):
        return self.browser.evaluate(f"(()=>{{{code}}})()")

    def title(self):
        return self.do("return document.querySelector('h1')?.textContent ?? document.body.textContent")

    def text(self, selector):
        return self.do(f"return document.querySelector({json.dumps(selector)})?.textContent ?? ''")

    def error(self):
        return self.text(".error")

    def leave(self, code):
        """Something that leads to another page, and waits until that is there."""
        self.do(f"document.isLeft = true; {code}")
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if self.do("return document.isLeft !== true && document.readyState == 'complete'"):
                    return
            except RuntimeError:
                pass
            time.sleep(0.05)
        raise TimeoutError(f"no other page after: {code}")

    def fill(self, **fields):
        for name, value in fields.items():
            self.do(f"document.getElementById({json.dumps(name)}).value = {json.dumps(value)}")

    def pick(self, name, value):
        """One of several."""
        self.do(f"const all = [...document.getElementsByName({json.dumps(name)})], list = all.find(e => e.localName == 'select');"
                f"if (list) list.value = {json.dumps(value)}; else all.find(e => e.value == {json.dumps(value)}).checked = true")

    def press(self, text):
        """A button or a link by its text. A browser that checks fields before sending them is not what is tried here."""
        self.leave("const f = document.querySelector('main form'); if (f) f.noValidate = true;"
                   f"[...document.querySelectorAll('main button, main a')].find(e => e.textContent.trim() == {json.dumps(text)}).click()")

    def choose(self, label):
        """By the selector at the top."""
        self.leave("const s = document.getElementById('selector');"
                   f"s.value = [...s.options].find(o => o.textContent.startsWith({json.dumps(label)})).value; s.form.querySelector('button').click()")

    def choices(self):
        return self.do("return [...document.getElementById('selector').options].map(o => o.textContent)")

    def state(self):
        return self.text(".state")

    def facts(self):
        return self.do("return [...document.querySelectorAll('main dt')].map(t => t.textContent + ': ' + t.nextElementSibling.textContent)")

    def rows(self):
        """Of the table: the texts of the cells of each row."""
        return self.do("return [...document.querySelectorAll('tbody tr')].map(r => [...r.cells].map(c => c.textContent.trim()))")

    def script(self):
        return self.text("pre.script")

    def finish(self):
        """The page of work under way loads itself anew until the work is done."""
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            try:
                text = self.do("return document.readyState == 'complete' && document.querySelector('[role=status]')?.textContent")
                if text and text != "Running…":
                    return text
            except RuntimeError:
                pass
            time.sleep(0.3)
        return "never ended"

    def page(self):
        return self.do("return document.documentElement.outerHTML")

    def shot(self, name, height=1400):
        if self.shots:
            self.browser.shot(pathlib.Path(self.shots) / f"manager-{name}.png", whole=True, height=height)

    def contrast(self, path):
        """Texts that are hard to read, by colour scheme."""
        def bad(scheme):
            self.visit(path, scheme, script=True)
            return self.browser.evaluate(look.CONTRAST)["bad"]
        return {scheme: bad(scheme) for scheme in ["light", "dark"]}
