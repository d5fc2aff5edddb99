public import Catalog

/// All settings of a policy, in the order in which people read about them.
public struct PolicySettings: Sendable {
    public let all: [PolicySetting]
    let kinds: PolicyKinds
    let root: PolicyBlock

    public init(catalog: Catalog) {
        kinds = PolicyKinds(catalog)
        all =
            ServerSettings.all + RetentionSettings.all + TypeSettings.all(kinds) + StepSettings.all
            + VariableSettings.all
            + DifferenceSettings.all(kinds) + ReferenceSettings.all + ApplySettings.all
        var root = PolicyBlock()
        for setting in all { root.insert(setting, at: setting.path.split(separator: ".").map(String.init)[...]) }
        self.root = root
    }

    public static let standard = PolicySettings(catalog: .standard)

    public subscript(path: String) -> PolicySetting? { all.first { $0.path == path } }
}

/// A mapping of the policy file whose keys are known.
struct PolicyBlock: Sendable {
    enum Entry: Sendable {
        case setting(PolicySetting)
        case block(PolicyBlock)
    }

    private(set) var keys: [String] = []
    private var entries: [String: Entry] = [:]

    subscript(key: String) -> Entry? { entries[key] }

    /// Reads keys that nothing else does.
    var wildcard: PolicySetting? {
        if case .setting(let setting) = entries["*"] { setting } else { nil }
    }

    /// `types.accounts: skip` says the mode.
    var shorthand: PolicySetting? {
        if case .setting(let setting) = entries["mode"] { setting } else { nil }
    }

    mutating func insert(_ setting: PolicySetting, at path: ArraySlice<String>) {
        guard let key = path.first else { return }
        if entries[key] == nil { keys.append(key) }
        guard path.count > 1 else {
            entries[key] = .setting(setting)
            return
        }
        var block = PolicyBlock()
        if case .block(let known) = entries[key] { block = known }
        block.insert(setting, at: path.dropFirst())
        entries[key] = .block(block)
    }
}
