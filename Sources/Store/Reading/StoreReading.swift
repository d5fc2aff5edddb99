/// What can be read inside a read or a write. A function that only reads takes `some StoreReading` and serves both.
public protocol StoreReading {
    /// The connection that reads go through; for the store's own use.
    var access: StoreAccess { get }
}

/// The way to the database inside a read or a write.
public struct StoreAccess {
    let connection: any SQLConnection
    let sealer: any SecretSealer

    /// What a sealed value is bound to, so that it cannot be opened anywhere else. The length keeps an id or a path
    /// that holds a slash from passing for another place.
    static func sealContext(_ kind: String, _ id: String, _ path: String) -> String {
        "\(kind)/\(id.utf8.count):\(id)/\(path)"
    }
}

/// Reads one unchanging state of the database. Valid only inside ``DocumentStore/read(_:_:)``.
public struct StoreReader: StoreReading {
    public let access: StoreAccess

    init(connection: any SQLConnection, sealer: any SecretSealer) {
        access = StoreAccess(connection: connection, sealer: sealer)
    }
}
