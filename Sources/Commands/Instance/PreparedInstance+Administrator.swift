import Instances
import Server
import Store

extension PreparedInstance {
    /// Creates an administrator in the instance's database, or makes an existing user one. The server may be running.
    func putAdministrator(_ request: AdministratorRequest) async throws -> Administrators.AdminResult {
        let store = try await openStore()
        do {
            let result = try await Administrators.createOrReset(
                store: store,
                username: request.username,
                password: request.password,
                email: request.email,
                apiKey: request.apiKey
            )
            try await store.close()
            return result
        } catch {
            try await store.close()
            throw error
        }
    }
}
