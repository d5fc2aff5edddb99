"""Backs up, restores, clones and renames by the manager's pages, and prints what it saw as JSON.

    manager-keep.py LINK DIRECTORY PASSPHRASE PASSWORD PASSPHRASE-FILE [SHOTS]

The server “Group 1” and the agent “Worker” are there.
"""
import json, sys
sys.dont_write_bytecode = True
from managerpages import Manager

link, directory, passphrase, password, file = sys.argv[1:6]
seen = {"scripts": {}}
with Manager(link, sys.argv[6] if len(sys.argv) > 6 else None) as m:
    def page(place, **fields):
        m.visit(place)
        m.fill(**fields)

    def carry_out(name, verb, **secrets):
        """Show script before, do it, and the script after."""
        m.fill(**secrets)
        m.press("Show script")
        before = m.script()
        m.fill(**secrets)
        m.press(verb)
        seen[name] = m.finish()
        seen["scripts"][name] = before
        seen[f"{name} page"] = m.text("main")
        if m.script() != before:
            seen[name] += " The script is another one afterwards: " + m.script()

    m.visit("/")
    seen["unsaved"] = m.text("#unsaved")
    page("/instances/server/group-1/backup", directory=directory)
    m.press("Back up")
    seen["noPassphrase"] = m.error()
    m.fill(directory="backups", passphrase=passphrase)
    m.press("Back up")
    seen["relative"] = m.error()
    page("/instances/server/group-1/backup", directory=directory, keep="0; rm -rf /", passphrase=passphrase)
    m.press("Check first")
    seen["badKeep"] = m.text("#check")
    page("/instances/server/group-1/backup", directory=directory, keep="3")
    carry_out("backup", "Back up", passphrase=passphrase)
    m.visit("/")
    seen["lessUnsaved"] = m.text("#unsaved")
    page("/machine/backup-all", directory=directory)
    carry_out("all", "Back up", passphrase=passphrase)
    m.visit("/")
    seen["noneUnsaved"] = m.text("#unsaved")

    page("/machine/schedule", directory=directory, at="25:99", file=file)
    m.press("Check first")
    seen["badTime"] = m.text("#check")
    page("/machine/schedule", directory=directory, at="03:15", keep="7")
    m.press("Schedule")
    seen["noFile"] = m.error()
    page("/machine/schedule", directory=directory, at="03:15", keep="7", file=file)
    carry_out("schedule", "Schedule")
    m.visit("/machine/schedule")
    seen["scheduled"] = m.facts()
    m.pick("what", "off")
    m.press("Schedule")
    seen["off"] = m.finish()
    m.visit("/machine/schedule")
    seen["unscheduled"] = m.facts()

    m.visit("/machine/restore")
    seen["archives"] = m.do("return [...document.querySelectorAll('fieldset label')].map(l => l.textContent.trim())")
    first = m.do("return [...document.getElementsByName('choice')].find(e => e.value.includes('/group-1-')).value")
    m.pick("choice", first)
    m.press("Restore")
    seen["restoreNoPassphrase"] = m.error()
    m.fill(passphrase="not the passphrase", name="Copy of Monday", home=f"{directory}/../monday")
    m.press("Check first")
    seen["wrongPassphrase"] = m.text("#check")
    m.fill(passphrase=passphrase, name="", home="")
    m.press("Check first")
    seen["sameName"] = m.text("#check")
    m.fill(name="Copy of Monday", home=f"{directory}/../monday")
    carry_out("restore", "Restore", passphrase=passphrase)
    m.visit("/machine/restore")
    m.pick("choice", " ")
    m.fill(file="/etc/passwd", passphrase=passphrase)
    m.press("Check first")
    seen["noBackup"] = m.error()

    page("/instances/server/group-1/clone", name="group 1 ")
    m.press("Check first")
    seen["cloneSameName"] = m.text("#check")
    page("/instances/server/group-1/clone", name="Clone 'of' $HOME; \"x\"")
    carry_out("clone", "Clone")
    seen["cloneKey"] = m.text("main").count("Save the master key")
    page("/instances/server/group-1/rename", name="copy of MONDAY")
    m.press("Rename")
    seen["renameTaken"] = m.error()
    page("/instances/server/group-1/rename", name="Group One")
    carry_out("rename", "Rename")
    page("/instances/agent/worker/rename", name="Group One Worker")
    carry_out("renameAgent", "Rename")
    m.visit("/instances/server/group-one/new-key")
    m.press("Make a new master key")
    seen["newKey"] = m.finish()
    seen["newKeyOffered"] = m.text("main").count("Save the master key")
    m.visit("/instances/server/group-one/admin")
    m.fill(username="second", password=" " + password + " ")
    carry_out("admin", "Create or reset", password=" " + password + " ")
    place = m.do("return location.pathname")
    m.visit(place)
    seen["adminAgain"] = m.text("main")
    m.visit("/")
    seen["choices"] = m.choices()
    m.visit("/doctor")
    seen["doctor"] = m.text("main")
    seen["everything"] = m.page()
print(json.dumps(seen))
