import Catalog
import Foundation
import Instances

/// What a wizard for a new instance asks: first what it is, then how it is set up.
extension NewInstance {
    var beginning: [Question] {
        [
            Question(
                name: "kind",
                label: "Kind",
                kind: .choice([("server", "Server"), ("agent", "Agent")]),
                value: kind.rawValue
            ), Question(name: "name", label: "Name", value: name, isRequired: true, hasFocus: true),
            Question(name: "home", label: "Home directory", hint: "empty: the standard place", value: home),
            Question(name: "account", label: "Unix account", hint: "empty: yours", value: account),
        ]
    }

    mutating func begin(_ answers: Answers) {
        kind = InstanceKind(rawValue: answers.text("kind")) ?? .server
        name = answers.text("name")
        home = answers.text("home")
        account = answers.text("account")
    }

    func settings(_ proposed: Proposal) -> [Question] {
        switch kind {
        case .server:
            [
                Question(
                    name: "address",
                    label: "Address of the web server",
                    hint: "proposed: free now",
                    value: address.isEmpty ? proposed.address : address,
                    isRequired: true
                ), Question(name: "administrator", label: "Administrator", value: administrator, isRequired: true),
                Question(name: "password", label: "Password", kind: .password, isRequired: true),
            ]
        case .agent:
            [
                Question(
                    name: "port",
                    label: "Port",
                    hint: "proposed: free now",
                    value: port.isEmpty ? proposed.port : port,
                    isRequired: true
                ),
                Question(
                    name: "trust",
                    label: "Thumbprints of the servers that it trusts",
                    hint: "with spaces or ends of lines between",
                    kind: .lines,
                    value: trust.joined(separator: "\n")
                ),
            ]
        }
    }

    /// What is proposed is left to the script, which finds a free address wherever it runs.
    mutating func settle(_ answers: Answers, _ proposed: Proposal) {
        switch kind {
        case .server:
            address = answers.text("address") == proposed.address ? "" : answers.text("address")
            administrator = answers.text("administrator")
            password = answers.text("password")
        case .agent:
            port = answers.text("port") == proposed.port ? "" : answers.text("port")
            trust = answers.words("trust")
        }
    }

    /// The address that the registry would give it.
    struct Proposal: Sendable {
        var address = ""
        var port = ""
    }
}

extension ManagerCore {
    /// - Throws: ``Refusal`` when there cannot be such an instance.
    func proposal(for new: NewInstance) async throws -> NewInstance.Proposal {
        guard !new.name.isEmpty else { throw Refusal("Give the instance a name.") }
        guard new.account.isEmpty || Account.exists(new.account) else {
            throw Refusal("There is no account “\(new.account)” on this machine.")
        }
        var arguments = ["create-instance", "--instance=\(new.name)", "--dry-run"]
        if !new.home.isEmpty { arguments.append("--home=\(new.home)") }
        let (data, problem) = try await runner.ask(new.kind, arguments)
        if let problem { throw Refusal(problem) }
        let settings = data["settings"]
        return NewInstance.Proposal(
            address: settings?["webListenPrefixes"]?.stringsValue.first ?? "",
            port: settings?["port"]?.intValue.map(String.init) ?? ""
        )
    }

    /// - Throws: ``Refusal`` when it cannot be set up so.
    func check(_ new: NewInstance) throws(Refusal) {
        switch new.kind {
        case .server:
            guard !new.administrator.isEmpty, !new.password.isEmpty else {
                throw Refusal("Give the administrator a name and a password.")
            }
            try checkAddresses(new.address)
        case .agent: try checkPort(new.port)
        }
    }

    private func checkAddresses(_ addresses: String) throws(Refusal) {
        if addresses.isEmpty { return }
        do throws(InstanceError) {
            var prefixes: [ListenPrefix] = []
            for address in addresses.split(separator: ",") {
                prefixes.append(try ListenPrefix(address.trimmingCharacters(in: .whitespaces)))
            }
            try InstanceRegistry(paths: paths, kind: .server).checkAddresses(prefixes)
        } catch {
            throw Refusal(error.description)
        }
    }

    private func checkPort(_ text: String) throws(Refusal) {
        if text.isEmpty { return }
        guard let port = Int(text), (1...65_535).contains(port) else {
            throw Refusal("A port is a number from 1 to 65535.")
        }
        do throws(InstanceError) {
            let prefix = ListenPrefix(isTLS: true, host: "*", port: port)
            try InstanceRegistry(paths: paths, kind: .agent).checkAddresses([prefix])
        } catch {
            throw Refusal(error.description)
        }
    }
}
