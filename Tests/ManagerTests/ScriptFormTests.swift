import Foundation
import Instances
import TestSupport
import Testing
import Yams

@testable import Manager

/// One plan in three languages.
@Suite("Scripts of the manager")
struct ScriptFormTests {
    private static let password = "a password that is in no script"

    private func server(_ name: String, home: String = "") -> ManagedPlan {
        var new = NewInstance()
        new.name = name
        new.home = home
        new.address = "http://127.0.0.1:8080/"
        new.password = Self.password
        return .create(new)
    }

    @Test("I-18, D-8: the shell's form asks for what it needs, and has the name in one place")
    func shell() {
        let expected = """
            #!/bin/sh
            # Create the server Group 1
            set -eu

            INSTANCE='Group 1'

            if [ -z "${SKERRY_ADMIN_PASSWORD:-}" ]; then
              printf '%s: ' 'Password of admin' >&2
              stty -echo 2>/dev/null || true; read -r SKERRY_ADMIN_PASSWORD; stty echo 2>/dev/null || true; echo >&2
            fi
            export SKERRY_ADMIN_PASSWORD

            skerry create-instance --instance="$INSTANCE"
            skerry configure --instance="$INSTANCE" --webListenPrefixes=http://127.0.0.1:8080/
            skerry admin --instance="$INSTANCE" --username=admin
            skerry service --instance="$INSTANCE" --install --start

            """
        #expect(server("Group 1").script() == expected)
    }

    @Test("I-17, I-23: cloud-init's form is user data with the name in one place and the commands one by one")
    func cloudInit() throws {
        let text = server("Group 1").script(.cloudInit)
        let data = try #require(try Yams.load(yaml: text) as? [String: [String]])
        let entries = try #require(data["runcmd"])
        #expect(entries.prefix(3) == ["set -eu", "INSTANCE='Group 1'", "SECRETS=/root/skerry-secrets"])
        #expect(entries.suffix(4).first == "skerry create-instance --instance=\"$INSTANCE\"")
        #expect(text.components(separatedBy: "Group 1").count == 3, "in the title and in the variable: \(text)")
        #expect(
            entries.filter { $0.hasSuffix(" >/dev/null") } == [
                "skerry admin --instance=\"$INSTANCE\" --username=admin >/dev/null"
            ],
            "its API key is in no log"
        )
    }

    @Test("I-17, I-23: Ansible's form is a play with the name in one variable, which asks for secrets and logs none")
    func playbook() throws {
        let text = server("Group 1").script(.ansible)
        let plays = try #require(try Yams.compose(yaml: text)?.sequence)
        #expect(plays.count == 1 && plays[0]["vars"]?["instance"]?.string == "Group 1")
        #expect(plays[0]["vars_prompt"]?[0]?["name"]?.string == "skerry_admin_password")
        #expect(plays[0]["vars_prompt"]?[0]?["private"]?.bool == true)
        let tasks = try #require(plays[0]["tasks"]?.sequence)
        let hidden = tasks.filter { $0["no_log"]?.bool == true }.map { $0["name"]?.string }
        #expect(hidden == ["skerry admin"], "what the others say can be read")
        #expect(text.components(separatedBy: "Group 1").count == 4, "in two titles and in the variable: \(text)")
    }

    @Test(
        "I-17, I-22, D-8: every form runs the same commands with the same words, whatever people typed, and holds no secret",
        arguments: [
            "Group 1", "it's \"so\"", "a: b # c", "- x", "yes", "2026-11-22", "0x1F", "~", "{{ lookup('pipe', 'id') }}",
            "{% raw %} {# x", "$(touch made) `touch made`; touch made", "%d !tag &anchor *alias | > @", "--purge",
            "日本 ü",
            "C:\\new\\table", "two\nlines\n\n  more", "\ttab ", "back\\", "'", "null", "=", "<<", "[a, b]",
            "{{{", "{{{%{#}}}",
        ]
    )
    func sameWords(_ typed: String) async throws {
        let plans = [
            server(typed, home: "/\(typed)"), try await plan(.rename, ["name": typed], named: typed),
            try await plan(.backup, ["directory": "/\(typed)", "passphrase": Self.password], named: typed),
            try await plan(.delete, ["level": "unsaved"], named: typed),
        ]
        try await withTemporaryDirectory { folder in
            // Programs that write down what they are given.
            let program = """
                #!/bin/sh
                for w in "$0" "$@" "${SKERRY_ADMIN_PASSWORD:+has}"; do printf '%s\\0' "$w" >> "\(folder)/words"; done

                """
            for name in ["skerry", "skerry-agent"] { try await writeProgram(program, to: "\(folder)/\(name)") }
            for plan in plans {
                let shell = plan.script()
                let (userData, playbook) = (plan.script(.cloudInit), plan.script(.ansible))
                #expect(!(shell + userData + playbook).contains(Self.password))
                let words = try await run(shell, in: folder)
                #expect(
                    words.contains(
                        "\u{0}\(plan.commands[0].arguments(instance: typed).joined(separator: "\u{0}"))\u{0}"
                    )
                )
                #expect(try await run(ExportedScript.shell(fromUserData: userData), in: folder) == words, "\(userData)")
                let played = try await run(ExportedScript.shell(fromPlaybook: playbook), in: folder)
                // A play gives a secret to the command that takes it, and to no other.
                #expect(played.replacing("has", with: "") == words.replacing("has", with: ""), "\(playbook)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["skerry", "skerry-agent"])
        }
    }

    @Test("D-8: without its secret no form does anything; cloud-init's says in words where it is looked for")
    func withoutSecret() async throws {
        try await withTemporaryDirectory { folder in
            try await writeProgram("#!/bin/sh\ntouch \"\(folder)/made\"\n", to: "\(folder)/skerry")
            let plan = server("Group 1")
            let userData = try ExportedScript.shell(fromUserData: plan.script(.cloudInit))
            let playbook = try ExportedScript.shell(fromPlaybook: plan.script(.ansible))
            for script in [plan.script(), userData, playbook] {
                let ended = try await runProcess(
                    "/bin/sh",
                    ["-c", script],
                    environment: variables(folder, password: nil)
                )
                #expect(ended.exitCode != 0 && !FileManager.default.fileExists(atPath: "\(folder)/made"))
                guard script == userData else { continue }
                #expect(ended.standardError.contains("Nothing was done. Missing: Password of admin"))
                #expect(ended.standardError.contains("/root/skerry-secrets/SKERRY_ADMIN_PASSWORD"))
            }
            // From its file.
            try Data("\(Self.password)\nanother line\n".utf8)
                .write(to: URL(filePath: "\(folder)/SKERRY_ADMIN_PASSWORD"))
            try await writeProgram("#!/bin/sh\necho \"$SKERRY_ADMIN_PASSWORD\"\n", to: "\(folder)/skerry")
            let moved = userData.replacing("SECRETS=/root/skerry-secrets", with: "SECRETS='\(folder)'")
            let ended = try await runProcess("/bin/sh", ["-c", moved], environment: variables(folder, password: nil))
            #expect(ended.exitCode == 0 && Set(ended.standardOutput.split(separator: "\n")) == [Self.password[...]])
        }
    }

    // MARK: - Fixture

    private func plan(_ errand: InstanceErrand, _ answers: [String: String], named name: String) async throws
        -> ManagedPlan
    {
        let instance = Machine.Instance(
            kind: .server,
            name: name,
            slug: "slug",
            isDefault: true,
            state: "running",
            version: "",
            addresses: [],
            account: "",
            home: "",
            configuration: "",
            service: "",
            problem: "",
            thumbprint: "",
            certificateExpires: "",
            trusted: []
        )
        // A name of several lines is none, which a plan says before there is a script.
        let answers = answers.mapValues { errand == .rename ? $0.replacing("\n", with: " ") : $0 }
        return try await errand.errand(for: instance, in: Machine(instances: [instance])).plan(Answers(answers))
    }

    private func variables(_ folder: String, password: String?) -> [String: String?] {
        [
            "PATH": "\(folder):/usr/bin:/bin", "SKERRY_ADMIN_PASSWORD": password, "SKERRY_BACKUP_PASSPHRASE": password,
        ]
    }

    /// What the programs were given.
    private func run(_ script: String, in folder: String) async throws -> String {
        let words = "\(folder)/words"
        let ended = try await runProcess(
            "/bin/sh",
            ["-c", script],
            environment: variables(folder, password: Self.password)
        )
        #expect(ended.exitCode == 0, "\(script)\(ended.standardError)")
        defer { try? FileManager.default.removeItem(atPath: words) }
        return try String(contentsOfFile: words, encoding: .utf8)
    }
}
