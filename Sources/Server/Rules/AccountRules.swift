import Catalog
import Store

/// Accounts: every required secret is given or said to be missing, and the ids of Azure are GUIDs. Clients check each account of a list
/// again, and one that fails makes the whole list unreadable.
struct AccountRules: ResourceRules {
    let kind = KindName.accounts

    private static let secrets: [String: [String]] = [
        "SshKeyPair": ["PrivateKeyFile"],
        "Token": ["Token"],
        "AmazonWebServicesAccount": ["SecretKey"],
        "AzureServicePrincipal": ["Password"],
        "GoogleCloudAccount": ["JsonKey"],
    ]
    private static let guids: [String: [String]] = [
        "AzureSubscription": ["SubscriptionNumber"],
        "AzureServicePrincipal": ["SubscriptionNumber", "ClientId", "TenantId"],
        "AzureOidc": ["SubscriptionNumber", "ClientId", "TenantId"],
    ]
    private static let environmentAddresses = ["ResourceManagementEndpointBaseUri", "ActiveDirectoryEndpointBaseUri"]

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        let type = old?.text("AccountType") ?? body.text("AccountType") ?? ""
        var errors: [String] = []
        for name in Self.secrets[type] ?? [] where old == nil && body[name]?.isNull ?? true {
            errors.append(
                "\(name) is required for an account of type \(type); to fill it in later, send {\"HasValue\": false}."
            )
        }
        for name in Self.guids[type] ?? [] where !GUID.isValid(body.text(name) ?? "") {
            errors.append("\(name) must be a GUID, as in 2f6c9a64-7d0b-4c06-9cd5-93d5f1c5d001.")
        }
        if type == "AzureServicePrincipal", body.text("AzureEnvironment") != nil {
            for name in Self.environmentAddresses where body.text(name) == nil {
                errors.append("\(name) is required when AzureEnvironment is set.")
            }
        }
        guard errors.isEmpty else { throw APIProblem.invalid(errors) }
    }
}

enum GUID {
    /// `8-4-4-4-12` hexadecimal digits.
    static func isValid(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && groups.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isHexDigit } }
    }
}
