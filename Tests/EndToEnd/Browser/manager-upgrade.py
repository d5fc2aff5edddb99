"""Upgrades a machine twice and goes back, by the manager's pages, and prints what it saw as JSON.

    manager-upgrade.py LINK SECOND THIRD [SHOTS]

SECOND and THIRD are directories of other versions. The server “Group 1” runs.
"""
import json, sys
sys.dont_write_bytecode = True
from managerpages import Manager

link, second, third = sys.argv[1:4]
seen = {}
with Manager(link, sys.argv[4] if len(sys.argv) > 4 else None) as m:
    m.visit("/machine/upgrade")
    seen["before"] = m.facts()
    m.press("Upgrade")
    seen["nothing"] = m.error()
    m.fill(source="relative/place")
    m.press("Check first")
    seen["relative"] = m.error()
    m.fill(source="/nowhere/skerry-9")
    m.press("Check first")
    seen["nowhere"], seen["nowhereText"] = m.error(), m.text("#check pre")
    m.fill(source="/nowhere/skerry-9")
    m.press("Upgrade")
    seen["refused"] = m.finish()
    m.visit("/machine/upgrade")
    m.fill(source=second)
    m.press("Check first")
    seen["check"], seen["script"] = m.text("#check pre"), m.script()
    m.shot("upgrade")
    m.press("Upgrade")
    seen["upgraded"], seen["scriptAfter"], seen["output"] = m.finish(), m.script(), m.text("main pre")
    m.visit("/machine/upgrade")
    seen["after"], seen["notice"] = m.facts(), m.text(".notice")
    m.fill(source=third)
    m.press("Upgrade")
    seen["third"] = m.finish()
    m.visit("/machine/upgrade")
    seen["afterThird"] = m.facts()
    # The version that this manager is of is gone from the disk.
    m.choose("Group 1")
    m.press("Restart")
    m.press("Restart")
    seen["restarted"] = m.finish()
    m.visit("/machine/upgrade")
    seen["links"] = m.do("return [...document.querySelectorAll('main a')].map(a => a.textContent)")
    m.press("Back to 2026.9.9")
    m.press("Upgrade")
    seen["back"] = m.finish()
    m.visit("/machine/upgrade")
    seen["afterBack"] = m.facts()
    m.visit("/jobs")
    seen["work"] = [f"{row[0]}: {row[2]}" for row in m.rows()]
    m.visit("/machine/recover")
    m.press("Take it back")
    seen["recover"] = m.finish()
print(json.dumps(seen))
