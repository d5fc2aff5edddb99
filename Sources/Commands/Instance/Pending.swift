import Instances

extension PreparedInstance {
    /// What became of the administrator.
    struct AdministratorOutcome: Sendable {
        var userID: String
        /// False when the user was there and was reset.
        var isNew: Bool
        /// The key that was made, when none was given; never stored.
        var madeAPIKey: String?
    }

    func putAdministrator(_ request: AdministratorRequest) async throws -> AdministratorOutcome {
        throw CommandFailure(.failed, "Creating administrators is not supported yet by this build of skerry.")
    }

    func serve(as running: RunningInstance) async throws {
        throw CommandFailure(.failed, "Running a server is not supported yet by this build of skerry.")
    }
}
