"""Gives servers to other accounts by the manager's pages, and prints what it saw as JSON.

    manager-account.py LINK FIRST SECOND PASSWORD

The server “Group 1” is there and runs as root; FIRST and SECOND are accounts of this machine.
"""
import json, sys
sys.dont_write_bytecode = True
from managerpages import Manager

link, first, second, password = sys.argv[1:5]
seen = {}
with Manager(link) as m:
    def give(account):
        m.visit("/instances/server/group-1/service")
        m.pick("what", "account")
        m.fill(account=account)
        m.press("Do it")
        done, script = m.finish(), m.script()
        m.visit("/instances/server/group-1")
        return [done, *[fact for fact in m.facts() if fact.startswith(("Account", "State"))]], script

    m.visit("/instances/server/group-1/service")
    m.pick("what", "account")
    m.fill(account="no-such-account-here")
    m.press("Check first")
    seen["unknown"] = m.text("#check")
    seen["first"], seen["script"] = give(first)
    seen["second"], _ = give(second)
    m.visit("/new?kind=server")
    m.fill(name="Group 2", account=first)
    m.press("Next")
    m.fill(address="http://127.0.0.1:0/", password=password)
    m.press("Next")
    m.press("Create")
    seen["created"] = m.finish()
    m.visit("/instances/server/group-2")
    seen["new"] = m.facts()
print(json.dumps(seen))
