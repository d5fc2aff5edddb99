// swift-tools-version:6.2
import PackageDescription

// One place for the settings that every first-party target shares.
let strict = Context.environment["SKERRY_WARNINGS_AS_ERRORS"] == "1"
let swiftSettings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

// Short names for products, so that a target's dependencies stay readable.
extension Target.Dependency {
    static var argumentParser: Self { .product(name: "ArgumentParser", package: "swift-argument-parser") }
    static var asn1: Self { .product(name: "SwiftASN1", package: "swift-asn1") }
    static var asyncHTTPClient: Self { .product(name: "AsyncHTTPClient", package: "async-http-client") }
    static var certificates: Self { .product(name: "X509", package: "swift-certificates") }
    static var crypto: Self { .product(name: "Crypto", package: "swift-crypto") }
    static var cryptoExtras: Self { .product(name: "CryptoExtras", package: "swift-crypto") }
    static var grdb: Self { .product(name: "GRDB", package: "GRDB.swift") }
    static var httpTypes: Self { .product(name: "HTTPTypes", package: "swift-http-types") }
    static var hummingbird: Self { .product(name: "Hummingbird", package: "hummingbird") }
    static var hummingbirdCore: Self { .product(name: "HummingbirdCore", package: "hummingbird") }
    static var hummingbirdTLS: Self { .product(name: "HummingbirdTLS", package: "hummingbird") }
    static var logging: Self { .product(name: "Logging", package: "swift-log") }
    static var mustache: Self { .product(name: "Mustache", package: "swift-mustache") }
    static var nioCore: Self { .product(name: "NIOCore", package: "swift-nio") }
    static var nioFoundationCompat: Self { .product(name: "NIOFoundationCompat", package: "swift-nio") }
    static var nioHTTP1: Self { .product(name: "NIOHTTP1", package: "swift-nio") }
    static var nioHTTPTypes: Self { .product(name: "NIOHTTPTypes", package: "swift-nio-extras") }
    static var nioPosix: Self { .product(name: "NIOPosix", package: "swift-nio") }
    static var nioSSL: Self { .product(name: "NIOSSL", package: "swift-nio-ssl") }
    static var nioTLS: Self { .product(name: "NIOTLS", package: "swift-nio") }
    static var serviceLifecycle: Self { .product(name: "ServiceLifecycle", package: "swift-service-lifecycle") }
    static var subprocess: Self { .product(name: "Subprocess", package: "swift-subprocess") }
    static var systemPackage: Self { .product(name: "SystemPackage", package: "swift-system") }
    static var unixSignals: Self { .product(name: "UnixSignals", package: "swift-service-lifecycle") }
    static var yams: Self { .product(name: "Yams", package: "Yams") }
}

let package = Package(
    name: "skerry",
    products: [
        .executable(name: "skerry", targets: ["skerry"]),
        .executable(name: "skerry-agent", targets: ["skerry-agent"]),
        // For the benchmarks, which are a package of their own.
        .library(name: "SkerryLibraries", targets: ["Catalog", "Store", "Server", "Sync", "APIClient", "SyncRun"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.34.1"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    // The floors of the house; an arrow may only point down (docs/architecture.md).
    targets: [
        // ground
        .target(name: "Catalog"),
        // domain
        .target(name: "Sync", dependencies: ["Catalog", .crypto, .yams]),
        // adapters
        .target(name: "Store", dependencies: ["Catalog", .crypto, .grdb, .logging]),
        .target(
            name: "APIClient",
            dependencies: [
                "Catalog", .asyncHTTPClient, .logging, .nioCore, .nioFoundationCompat, .nioHTTP1, .nioSSL,
            ]
        ),
        .target(
            name: "Instances",
            dependencies: ["Catalog", .asn1, .certificates, .crypto, .subprocess, .systemPackage]
        ),
        .systemLibrary(
            name: "CArchive",
            pkgConfig: "libarchive",
            providers: [.apt(["libarchive-dev"])]
        ),
        // apps
        .target(
            name: "Backup",
            dependencies: [
                "CArchive", "Catalog", "Instances", "Store", .asyncHTTPClient, .crypto, .cryptoExtras, .nioCore,
                .nioHTTP1, .subprocess,
                .systemPackage,
            ]
        ),
        .target(
            name: "Upgrade",
            dependencies: ["Catalog", "Instances", "Store", .subprocess, .systemPackage]
        ),
        .target(
            name: "Server",
            dependencies: [
                "Catalog", "Store", .crypto, .cryptoExtras, .httpTypes, .hummingbird, .hummingbirdCore, .hummingbirdTLS,
                .logging,
                .nioCore, .nioFoundationCompat, .nioHTTP1, .nioHTTPTypes, .nioPosix, .nioSSL, .serviceLifecycle,
                .subprocess,
                .systemPackage,
            ]
        ),
        .target(
            name: "SyncRun",
            dependencies: [
                "APIClient", "CArchive", "Catalog", "Store", "Sync", .crypto, .logging, .subprocess, .systemPackage,
            ]
        ),
        .target(
            name: "Agent",
            dependencies: [
                "Catalog", "Instances", .asyncHTTPClient, .logging, .nioCore, .nioHTTP1, .nioPosix, .nioSSL,
                .serviceLifecycle,
            ]
        ),
        .target(
            name: "Manager",
            dependencies: [
                "Catalog", "Instances", .crypto, .httpTypes, .hummingbird, .logging, .mustache, .nioCore,
                .serviceLifecycle, .subprocess, .systemPackage, .yams,
            ]
        ),
        .target(
            name: "FrontDoor",
            dependencies: [
                "Catalog", "Instances", .logging, .nioCore, .nioHTTP1, .nioPosix, .nioSSL, .nioTLS, .serviceLifecycle,
            ]
        ),
        .target(name: "Sample", dependencies: ["APIClient", "Catalog", .yams]),
        // roof
        .target(
            name: "Commands",
            dependencies: [
                "APIClient", "Agent", "Backup", "Catalog", "FrontDoor", "Instances", "Manager", "Sample", "Server",
                "Store",
                "Sync", "SyncRun", "Upgrade",
                .argumentParser, .logging, .serviceLifecycle, .subprocess, .unixSignals,
            ]
        ),
        .executableTarget(name: "skerry", dependencies: ["Commands", "Instances"]),
        .executableTarget(name: "skerry-agent", dependencies: ["Commands", "Instances"]),
        // checks
        .target(
            name: "TestSupport",
            dependencies: ["APIClient", "Catalog", .nioCore, .nioHTTP1, .nioPosix, .yams]
        ),
        .testTarget(name: "CatalogTests", dependencies: ["Catalog"]),
        .testTarget(name: "SyncTests", dependencies: ["Catalog", "Sync"]),
        .testTarget(name: "StoreTests", dependencies: ["Catalog", "Store", "TestSupport"]),
        .testTarget(name: "APIClientTests", dependencies: ["APIClient", "Catalog", "TestSupport", .nioHTTP1]),
        .testTarget(name: "FrontDoorTests", dependencies: ["FrontDoor", "Instances", .nioHTTP1]),
        .testTarget(name: "InstancesTests", dependencies: ["Catalog", "Instances", "TestSupport", .nioCore]),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Catalog", "Server", "Store", "TestSupport", .asyncHTTPClient, .logging, .nioCore, .nioHTTP1, .nioSSL,
                .serviceLifecycle,
            ]
        ),
        .testTarget(
            name: "SyncRunTests",
            dependencies: ["APIClient", "Catalog", "Store", "Sync", "SyncRun", "TestSupport"]
        ),
        .testTarget(name: "UpgradeTests", dependencies: ["Catalog", "Instances", "Upgrade", "TestSupport"]),
        .testTarget(
            name: "BackupTests",
            dependencies: ["APIClient", "Backup", "Catalog", "Instances", "Store", "TestSupport", .crypto]
        ),
        .testTarget(name: "ManagerTests", dependencies: ["Manager", "Instances", "TestSupport", .yams]),
        .testTarget(name: "CommandsTests", dependencies: ["Commands", "TestSupport"]),
        .testTarget(
            name: "EndToEnd",
            dependencies: [
                "APIClient", "Catalog", "TestSupport", .asyncHTTPClient, .nioCore, .nioHTTP1, .nioSSL,
            ],
            exclude: ["Browser", "Fixture/systemd-journey", "Fixture/websocket-peers"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// For Scripts/nightly: a release build of what the generated cases of sync need, and of nothing else.
if Context.environment["SKERRY_ONLY_SYNC"] == "1" {
    let needed = [
        "APIClient", "CArchive", "Catalog", "Store", "Sync", "SyncRun", "SyncRunTests", "SyncTests", "TestSupport",
    ]
    package.targets.removeAll { !needed.contains($0.name) }
    package.products = []
}

// C's `struct stat` has no module of its own: Glibc, CoreFoundation and others bring it along, and which of them a
// build takes for its owner changes from one to the next. Where files are looked at, its members are visible anyhow.
let filing = ["Instances", "Backup", "Upgrade", "SyncRun"]

for target in package.targets where target.type != .system && target.type != .plugin {
    target.swiftSettings = (target.swiftSettings ?? []) + swiftSettings
    if !filing.contains(target.name) {
        target.swiftSettings?.append(.enableUpcomingFeature("MemberImportVisibility"))
    }
}
