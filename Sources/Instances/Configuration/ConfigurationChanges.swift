/// What `configure` was asked to change; nil leaves a setting as it is.
public struct ConfigurationChanges: Sendable, Hashable {
    public var webListenPrefixes: [ListenPrefix]?
    public var allowPlainHTTP: Bool?
    public var allowLocalGit: Bool?
    public var tlsCertificateFile: String?
    public var tlsPrivateKeyFile: String?
    public var home: String?
    public var databaseFile: String?
    public var firstID: Int?
    public var logLevel: InstanceConfiguration.LogLevel?
    public var limits = InstanceConfiguration.Limits()

    public init() {}

    public var isEmpty: Bool { self == ConfigurationChanges() }

    /// The configuration with these changes.
    ///
    /// - Throws: ``InstanceError`` when a path is not absolute, only half of a TLS pair is known, a number is out of
    ///   range, or the result is not valid.
    func applied(to configuration: InstanceConfiguration, path: String) throws(InstanceError) -> InstanceConfiguration {
        var result = configuration
        if let webListenPrefixes { result.webListenPrefixes = webListenPrefixes }
        if let allowPlainHTTP { result.allowPlainHTTP = allowPlainHTTP }
        if let allowLocalGit { result.allowLocalGit = allowLocalGit }
        if let home { result.home = try absolutePath(home, setting: "--home") }
        if let databaseFile { result.databaseFile = try absolutePath(databaseFile, setting: "--database") }
        if let firstID { result.firstID = firstID }
        if let logLevel { result.logLevel = logLevel }
        if let value = limits.bodyBytes { result.limits.bodyBytes = value }
        if let value = limits.jsonDepth { result.limits.jsonDepth = value }
        if let value = limits.connections { result.limits.connections = value }
        let certificate = tlsCertificateFile ?? configuration.tls?.certificateFile
        let key = tlsPrivateKeyFile ?? configuration.tls?.privateKeyFile
        switch (certificate, key) {
        case (let certificate?, let key?):
            result.tls = InstanceConfiguration.TLS(
                certificateFile: try absolutePath(certificate, setting: "--tlsCertificate"),
                privateKeyFile: try absolutePath(key, setting: "--tlsPrivateKey")
            )
        case (nil, nil): break
        case (_?, nil): throw .badSetting(setting: "--tlsPrivateKey", problem: "a certificate needs its private key.")
        case (nil, _?): throw .badSetting(setting: "--tlsCertificate", problem: "a private key needs its certificate.")
        }
        // Through the file's own reader, so that what is written can be read again.
        return try InstanceConfiguration(json: result.json, path: path)
    }
}
