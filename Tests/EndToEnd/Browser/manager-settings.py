"""Changes servers and agents by the manager's pages, and prints what it saw as JSON.

    manager-settings.py LINK PORT TLS-PORT AGENT-PORT TAKEN-PORT CERTIFICATE KEY IDENTITY [SHOTS]

The servers “Group 1” and “Group 2” and the agents “Worker 1” and “Worker 2” run; the first of each is the default.
"""
import json, sys
sys.dont_write_bytecode = True
from managerpages import Manager

link, port, tls_port, agent_port, taken, certificate, key, identity = sys.argv[1:9]
trusted = ["0F" * 20, "A1" * 20]
seen = {"scripts": []}
with Manager(link, sys.argv[9] if len(sys.argv) > 9 else None) as m:
    def carry_out(name, verb, **more):
        """Show script before, do it, and the script after."""
        m.press("Show script")
        before = m.script()
        m.press(verb)
        seen[name] = m.finish()
        seen["scripts"].append(before)
        seen[f"{name} page"] = m.text("main")
        if m.script() != before:
            seen[name] += " The script is another one afterwards: " + m.script()

    server, agent = "/instances/server/group-2", "/instances/agent/worker-2"
    m.visit(f"{server}/settings")
    seen["contrast"] = m.contrast(f"{server}/settings")
    m.visit(f"{server}/settings")
    m.press("Change")
    seen["unchanged"] = m.error()
    m.fill(webListenPrefixes=f"http://127.0.0.1:{taken}/")
    m.press("Check first")
    seen["takenPort"] = m.text("#check")
    m.fill(webListenPrefixes="http://0.0.0.0:0/")
    m.press("Check first")
    seen["plain"] = m.text("#check")
    m.fill(webListenPrefixes=f"http://127.0.0.1:{port}/", maxConnections="-5")
    m.press("Check first")
    seen["negative"] = m.text("#check")
    m.fill(maxConnections="many")
    m.press("Check first")
    seen["badNumber"] = m.text("#check")
    m.fill(webListenPrefixes=f"http://127.0.0.1:{port}/", maxConnections="77", maxJsonDepth="40", firstId="1001")
    m.pick("logLevel", "debug")
    carry_out("settings", "Change")
    m.visit(server)
    seen["address"] = m.facts()

    m.visit(f"{server}/certificate")
    m.fill(tlsCertificate="/nowhere/cert.pem", tlsPrivateKey=key, webListenPrefixes=f"https://127.0.0.1:{tls_port}/")
    m.press("Change")
    seen["noCertificate"] = m.finish()
    m.visit(server)
    seen["stillRuns"] = m.state()
    m.visit(f"{server}/certificate")
    m.fill(tlsCertificate=certificate, tlsPrivateKey=key, webListenPrefixes=f"https://127.0.0.1:{tls_port}/")
    carry_out("certificate", "Change")
    m.visit(server)
    seen["tls"] = m.facts()

    m.visit(f"{server}/service")
    m.pick("what", "account")
    m.press("Do it")
    seen["noAccount"] = m.error()
    m.fill(account="no-such-account-here")
    m.press("Check first")
    seen["badAccount"] = m.text("#check")
    m.visit(f"{server}/service")
    m.pick("what", "renew")
    carry_out("renew", "Do it")
    m.visit(f"{server}/default")
    m.press("Make it the default")
    seen["default"] = m.finish()
    seen["scripts"].append(m.script())

    m.visit(f"{agent}/settings")
    m.fill(port="70000")
    m.press("Check first")
    seen["badPort"] = m.text("#check")
    m.fill(port=taken)
    m.press("Check first")
    seen["agentTaken"] = m.text("#check")
    m.fill(port=agent_port, listenIpAddress="127.0.0.1")
    carry_out("agentSettings", "Change")
    m.visit(f"{agent}/trust")
    m.fill(trust="not a thumbprint")
    m.press("Check first")
    seen["badTrust"] = m.text("#check")
    m.fill(trust="\n".join(trusted))
    carry_out("trust", "Change")
    m.visit(f"{agent}/certificate")
    seen["identity"] = m.facts()
    m.pick("source", "file")
    m.fill(file="/etc/passwd")
    m.press("Check first")
    seen["badIdentity"] = m.text("#check")
    m.pick("source", "file")
    m.fill(file=identity)
    carry_out("identityChange", "Change")
    m.visit(agent)
    seen["agent"] = m.facts()
    m.visit(f"{agent}/certificate")
    m.press("Change")
    seen["newIdentity"] = m.finish()
    m.visit(f"{agent}/service")
    m.pick("what", "remove")
    m.press("Do it")
    seen["removed"] = m.finish()
    m.visit(agent)
    seen["withoutService"] = m.facts()

    # Only what an instance can do is offered.
    for place in ["/instances/agent/worker-2/admin", "/instances/server/group-2/trust", "/instances/server/group-2/repair",
                  "/instances/server/none/settings", "/machine/nothing", "/instances/server/group-2/nothing"]:
        m.visit(place)
        seen.setdefault("missing", []).append(m.title())
    m.visit("/")
    seen["rows"] = [row[:3] for row in m.rows()]
print(json.dumps(seen))
