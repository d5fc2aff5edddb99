/// The languages in which the commands of a plan can be shown and saved.
public enum ScriptForm: String, Sendable, CaseIterable {
    case shell
    case cloudInit = "cloud-init"
    case ansible

    /// As an address or a form says it.
    init(asked text: String?) { self = text.flatMap(ScriptForm.init(rawValue:)) ?? .shell }

    /// For people.
    var label: String {
        switch self {
        case .shell: "Shell"
        case .cloudInit: "cloud-init"
        case .ansible: "Ansible playbook"
        }
    }

    /// What comes after the name when it is saved.
    var fileName: String {
        switch self {
        case .shell: "skerry-manager.sh"
        case .cloudInit: "skerry-manager-user-data.yaml"
        case .ansible: "skerry-manager-playbook.yaml"
        }
    }

    var mediaType: String { self == .shell ? "text/x-shellscript" : "application/yaml" }
}

extension ManagedPlan {
    /// The commands of the plan, as they run: the name of the instance in one place, secrets nowhere.
    public func script(_ form: ScriptForm = .shell) -> String {
        switch form {
        case .shell: ShellScript.text(self)
        case .cloudInit: CloudConfig.text(self)
        case .ansible: Playbook.text(self)
        }
    }

    /// Whether a command is about the instance that the plan names.
    var namesInstance: Bool { commands.contains(where: \.namesInstance) }
}
