import Catalog
import Foundation
import TestSupport
import Testing

private let packagesCanBeMade = FileManager.default.isExecutableFile(atPath: "/usr/bin/dpkg-deb") && geteuid() == 0

@Suite("The Debian package", .enabled(if: packagesCanBeMade, "needs dpkg-deb and root"))
struct PackageInstallTests {
    @Test("I-8, I-31: the package installs all it needs, its programs run, and removing it leaves the data alone")
    func installAndRemove() async throws {
        try await withTemporaryDirectory { folder in
            let script = "\(BuiltProducts.packageRoot)/Scripts/package"
            let made = try await runProcess(
                script,
                ["--binaries", BuiltProducts.directory, "--to", folder],
                environment: ["SKERRY_PACKAGE_COMPRESSION": "none"],
                limit: .seconds(300)
            )
            #expect(made.exitCode == 0, "\(made.standardError)")
            let package = try #require(made.standardOutput.split(separator: "\n").last.map(String.init))
            let depends = try await runProcess("/usr/bin/dpkg-deb", ["-f", package, "Depends"]).standardOutput
            #expect(depends.contains("libarchive") && depends.contains("libc6"), "\(depends)")
            let root = "\(folder)/machine"
            for place in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "bin", "etc"] {
                try FileManager.default.createDirectory(atPath: "\(root)/\(place)", withIntermediateDirectories: true)
            }
            try "".write(toFile: "\(root)/var/lib/dpkg/status", atomically: true, encoding: .utf8)
            let dpkg = ["--force-depends", "--force-script-chrootless", "--root=\(root)"]
            let installed = try await runProcess("/usr/bin/dpkg", dpkg + ["-i", package])
            #expect(installed.exitCode == 0, "\(installed.standardError)")

            let skerry = "\(root)/opt/skerry/current/bin/skerry"
            let environment: [String: String?] = ["SKERRY_ROOT": root, "SKERRY_INSTANCE": nil]
            func run(_ arguments: String...) async throws -> FinishedProcess {
                try await runProcess(skerry, arguments, environment: environment)
            }
            let version = try await run("version").standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
            for file in [
                "opt/skerry/\(version)/bin/skerry-agent", "usr/share/man/man1/skerry.1.gz",
                "usr/share/man/man1/skerry-create-instance.1.gz", "usr/share/man/man1/skerry-agent-service.1.gz",
                "usr/share/man/man1/skerry-sync-plan.1.gz", "usr/share/bash-completion/completions/skerry-agent",
                "usr/share/zsh/vendor-completions/_skerry", "usr/share/fish/vendor_completions.d/skerry.fish",
                "lib/systemd/system/skerry-servers.target", "lib/systemd/system/skerry-agents.target",
            ] { #expect(FileManager.default.fileExists(atPath: "\(root)/\(file)"), "\(file)") }
            let entry = try String(
                contentsOfFile: "\(root)/usr/share/applications/skerry-manager.desktop",
                encoding: .utf8
            )
            #expect(entry.hasPrefix("[Desktop Entry]\nType=Application\n"))
            #expect(entry.contains("\nExec=skerry manager --open\n") && entry.contains("\nName="))
            let link = try FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/usr/bin/skerry")
            #expect(link == "/opt/skerry/current/bin/skerry")

            #expect(try await run("create-instance").exitCode == 0)
            #expect(try await run("create-instance", "--instance", "second").exitCode == 0)
            let key = try await run("show-master-key", "--json").json()["data"]
            let programs = try FileManager.default.subpathsOfDirectory(atPath: "\(root)/opt")
            #expect(programs.count { $0.hasSuffix("bin/skerry") } == 1, "an instance copies no program")

            let removed = try await runProcess("/usr/bin/dpkg", dpkg + ["--purge", "skerry"])
            #expect(removed.exitCode == 0, "\(removed.standardError)")
            #expect(removed.standardOutput.contains("left /var/lib/skerry"), "\(removed.standardOutput)")
            #expect(!FileManager.default.fileExists(atPath: "\(root)/opt/skerry/current"))
            #expect(!FileManager.default.fileExists(atPath: "\(root)/usr/bin/skerry"))
            let again = try await runProcess("/usr/bin/dpkg", dpkg + ["-i", package])
            #expect(again.exitCode == 0)
            #expect(try await run("show-master-key", "--json").json()["data"] == key)
            #expect(try await run("list-instances", "--json").json()["data"]?.arrayValue?.count == 2)
        }
    }

    @Test("I-8: what the package needs to be made and is not there is said at once, before anything is built")
    func missing() async throws {
        try await withTemporaryDirectory { folder in
            let script = "\(BuiltProducts.packageRoot)/Scripts/package"
            func refused(path: String, _ arguments: String...) async throws -> String {
                let environment: [String: String?] = ["PATH": path]
                let result = try await runProcess("/bin/bash", [script] + arguments, environment: environment)
                #expect(result.exitCode == 1, "\(result)")
                return result.standardError
            }
            let nothing = try await refused(path: folder)
            for tool in ["command swift", "command dpkg-deb", "command strip"] {
                #expect(nothing.contains(tool), "\(nothing)")
            }
            // A toolchain without what is linked into programs for machines that have none.
            let toolchain = "\(folder)/usr"
            try FileManager.default.createDirectory(atPath: "\(toolchain)/bin", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/swift",
                withDestinationPath: "\(toolchain)/bin/swift"
            )
            let isMade = FileManager.default.createFile(
                atPath: "\(toolchain)/bin/swift",
                contents: nil,
                attributes: [.posixPermissions: 0o755]
            )
            #expect(isMade)
            let half = try await refused(path: "\(folder):/usr/bin:/bin")
            #expect(half.contains("usr/lib/swift_static") && !half.contains("command"), "\(half)")
            let none = try await refused(path: "/usr/bin:/bin", "--binaries", folder)
            #expect(none.contains("\(folder)/skerry-agent") && !none.contains("swift_static"), "\(none)")
        }
    }

    @Test("every command has a manual page with its options, made from the command itself")
    func manual() async throws {
        try await withTemporaryDirectory { folder in
            let made = try await runPython([
                "\(BuiltProducts.packageRoot)/Scripts/manual", BuiltProducts.skerry, BuiltProducts.skerryAgent, "--to",
                folder,
            ])
            #expect(made.exitCode == 0, "\(made.standardError)")
            for program in [BuiltProducts.skerry, BuiltProducts.skerryAgent] {
                for command in try await DescribedCommand.all(of: program) {
                    let name = command.path.joined(separator: "-")
                    let page = try String(contentsOfFile: "\(folder)/\(name).1", encoding: .utf8)
                    for option in command.options {
                        #expect(page.contains("--\(option)".replacing("-", with: "\\-")), "\(name) --\(option)")
                    }
                }
            }
            // The formatter has nothing to complain about, where there is one.
            guard FileManager.default.isExecutableFile(atPath: "/usr/bin/groff") else { return }
            let page = "\(folder)/skerry-create-instance.1"
            let checked = try await runProcess("/usr/bin/groff", ["-man", "-Tutf8", "-wall", "-z", page])
            #expect(checked.standardError.isEmpty, "\(checked.standardError)")
        }
    }
}
