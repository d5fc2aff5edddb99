// swift-tools-version:6.2
import PackageDescription

// A package of its own, so that users of Skerry do not build it.
let package = Package(
    name: "skerry-benchmarks",
    dependencies: [
        .package(name: "skerry", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "skerry-bench",
            dependencies: [
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SkerryLibraries", package: "skerry"),
            ]
        )
    ],
    swiftLanguageModes: [.v6]
)
