import Crypto
import Foundation

/// The file of an instance's master key, and of the one that is about to follow it.
package struct MasterKeyFiles {
    private let secrets: InstanceSecrets

    package init(_ secrets: InstanceSecrets) { self.secrets = secrets }

    /// The key that the instance has now.
    package func current() throws(InstanceError) -> [UInt8] { try secrets.currentKey() }

    /// The key of a change that has begun and is not done.
    package func next() throws(InstanceError) -> [UInt8]? {
        guard let bytes = try DurableFile.read(secrets.nextKeyFile) else { return nil }
        return try InstanceSecrets.masterKey(in: bytes, from: secrets.nextKeyFile)
    }

    /// Writes a random key beside the present one, unless an earlier call did.
    package func makeNext() throws(InstanceError) -> [UInt8] {
        if let known = try next() { return known }
        let key = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        try DurableFile.createOnce(InstanceSecrets.fileBytes(of: key), at: secrets.nextKeyFile, mode: 0o600)
        return key
    }

    package func removeNext() throws(InstanceError) { try DurableFile.remove(secrets.nextKeyFile) }

    /// Puts the next key in the place of the present one. The instance's user stays its owner.
    package func replace() throws(InstanceError) {
        var status = stat()
        if stat(secrets.masterKeyFile, &status) == 0, geteuid() == 0 {
            guard chown(secrets.nextKeyFile, status.st_uid, status.st_gid) == 0 else {
                throw .file(secrets.nextKeyFile, "change the owner of")
            }
        }
        guard rename(secrets.nextKeyFile, secrets.masterKeyFile) == 0 else {
            throw .file(secrets.masterKeyFile, "write")
        }
        try DurableFile.flushDirectory(of: secrets.masterKeyFile)
    }

    /// Puts a key in its place, for the user that the instance runs as.
    package func put(_ key: [UInt8], owner record: InstanceRecord) throws(InstanceError) {
        try Directories.make(secrets.directory, mode: 0o700)
        try DurableFile.write(InstanceSecrets.fileBytes(of: key), to: secrets.masterKeyFile, mode: 0o600)
        guard geteuid() == 0, let account = try? Account(named: record.user) else { return }
        for path in [secrets.directory, secrets.masterKeyFile] {
            guard chown(path, account.userID, account.groupID) == 0 else { throw .file(path, "change the owner of") }
        }
    }
}
