extension KindName {
    public static let proxies: KindName = "proxies"
}

extension Kind {
    static let proxies = Kind(
        .proxies,
        type: "Proxy",
        title: .init("proxy", "proxies"),
        policyKey: "proxies",
        identity: .counted(prefix: "Proxies"),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Host", .line).required(),
            Field("Port", .int(1...65_535)).defaulting(to: 80),
            Field("ProxyType", .line).defaulting(to: "HTTP"),
            Field("Username", .line),
            Field("Password", .secret),
        ]),
        filters: [.name, .partialName],
        permissions: Permissions("Proxy"),
        sync: SyncTreatment(.forbid, phase: .never)
    )
}
