import Catalog

/// What follows from how a machine is reached.
enum Endpoint {
    /// Brings spellings of older clients into the form that the catalog describes.
    static func normalised(_ value: JSON) -> JSON {
        guard value.objectValue != nil else { return value }
        switch value.text("CommunicationStyle") {
        case "Ssh": return ssh(value)
        case "Kubernetes": return kubernetes(value)
        default: return value
        }
    }

    /// The thumbprint that a client finds a machine by.
    static func thumbprint(of endpoint: JSON) -> JSON {
        let agent = endpoint["TentacleEndpointConfiguration"] ?? .null
        return JSON(endpoint.text("Thumbprint") ?? endpoint.text("Fingerprint") ?? agent.text("Thumbprint"))
    }

    static func address(of endpoint: JSON) -> JSON {
        JSON(endpoint.text("Uri") ?? endpoint["TentacleEndpointConfiguration"]?.text("Uri"))
    }

    private static func ssh(_ given: JSON) -> JSON {
        var endpoint = given
        let port = endpoint["Port"]?.intValue ?? 22
        endpoint["Uri"] = .string("ssh://\(endpoint.text("Host") ?? ""):\(port)/")
        return endpoint
    }

    /// No authentication is null: an object without a type, or of type None, makes clients throw.
    private static func kubernetes(_ given: JSON) -> JSON {
        var endpoint = given
        let authentication = endpoint["Authentication"]?.text("AuthenticationType")
        if authentication == nil || authentication == "None" { endpoint["Authentication"] = .null }
        // A string on the wire, though it says true or false.
        if let flag = endpoint["SkipTlsVerification"]?.boolValue {
            endpoint["SkipTlsVerification"] = flag ? "True" : "False"
        }
        return endpoint
    }
}
