import Catalog

extension Planner {
    func planVariableSets() {}
    func planTenantVariables() {}
}
extension SyncState.Record {
    mutating func completeVariables(from entity: Entity) {}
}
