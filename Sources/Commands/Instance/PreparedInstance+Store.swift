import Instances
import Store

extension PreparedInstance {
    /// Opens the instance's database, which is made when there is none.
    ///
    /// The number at which ids begin is a setting of the database from its first opening on: changing it later in the
    /// configuration changes nothing, so that no id is ever given twice.
    func openStore() async throws -> DocumentStore {
        try registry.refuseSharedDatabase(settings.databasePath, of: record.slug)
        let driver = try SQLiteDriver.open(path: settings.databasePath)
        let store: DocumentStore
        do {
            store = try await DocumentStore.open(driver, sealer: try MasterKeySealer(masterKey: masterKey))
        } catch StoreError.wrongMasterKey {
            try? await driver.close()
            throw InstanceError.badSecret(
                path: InstanceSecrets(paths: registry.paths, kind: registry.kind, slug: record.slug).masterKeyFile,
                reason:
                    "the database \(settings.databasePath) was sealed with another key. Put the instance's own key back "
                    + "from where it was saved, with skerry set-master-key --instance \(record.slug), or restore a backup"
            )
        }
        let firstID = settings.firstID
        try await store.write(as: EventAuthor(userID: "users-system", username: "system", isService: true)) { writer in
            guard try writer.setting(StoreWriter.firstIDSetting) == nil else { return }
            try writer.setSetting(StoreWriter.firstIDSetting, String(firstID))
        }
        return store
    }
}
