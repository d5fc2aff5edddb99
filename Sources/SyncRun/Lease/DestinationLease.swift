import APIClient
import Catalog
import Foundation
import Sync

/// The right to apply plans to one space, kept at the destination itself, so that it holds between machines.
///
/// It is a variable in a library set of a reserved name. A PUT of a variable set must carry the version that was read,
/// on every server of this API: of two runners that take the lease at once, the server refuses one. It ends by itself
/// when its holder does not renew it, so that a killed runner locks nobody out for long.
actor DestinationLease {
    /// How long it holds without being renewed.
    static let length: TimeInterval = 120
    private static let attempts = 5
    private static let variable = "Lease"

    private let client: DestinationClient
    private let holder: LeaseHolder
    private let run: String
    private let now: @Sendable () -> Date
    /// The variable set as the server last confirmed it to us; nil while we do not hold the lease.
    private var held: JSON?
    private var end = Date.distantPast
    private var isLost = false
    private var renewal: Task<Void, Never>?

    init(client: DestinationClient, holder: LeaseHolder, run: String, now: (@Sendable () -> Date)? = nil) {
        self.client = client
        self.holder = holder
        self.run = run
        self.now = now ?? { client.serverTime ?? Date() }
    }

    /// Takes the lease and keeps renewing it.
    ///
    /// - Throws: `SyncRunError.refused` while another runner holds it.
    func acquire() async throws {
        for attempt in 1...Self.attempts {
            let set = try await variableSet()
            if let note = Self.note(in: set), note.holder != holder.id, note.end > now() {
                throw SyncRunError.refused(
                    reason: """
                        another runner is applying a plan to this space: run \(note.run) on \(note.machine). Its lease \
                        ends at \(note.until) unless it is renewed. Wait until it is done; a runner that was killed \
                        gives its lease up by itself
                        """
                )
            }
            if try await write(length: Self.length, over: set) {
                renewal = Task { [weak self] in
                    await Self.renewing { [weak self] in await self?.renew() ?? false }
                }
                return
            }
            try await Task.sleep(for: .milliseconds(50 * attempt + .random(in: 0...100)))
        }
        throw SyncRunError.refused(reason: "other runners are taking the lease of this space at this moment; try again")
    }

    /// - Throws: `Interruption` when somebody else has it, or it ran out because it could not be renewed.
    func check() throws {
        if isLost || now() >= end { throw Interruption("The lease of the destination was lost to another runner") }
    }

    /// Gives the lease back. Whoever cannot reach the server any more leaves it to run out.
    func release() async {
        renewal?.cancel()
        renewal = nil
        guard let set = held, !isLost else { return }
        held = nil
        _ = try? await write(length: -1, over: set)
        end = .distantPast
    }

    private static func renewing(_ renew: @escaping @Sendable () async -> Bool) async {
        while !Task.isCancelled {
            guard (try? await Task.sleep(for: .seconds(length / 4))) != nil, await renew() else { return }
        }
    }

    /// - Returns: whether there is anything left to renew.
    private func renew() async -> Bool {
        guard let set = held, !isLost else { return false }
        do {
            if try await write(length: Self.length, over: set) { return true }
            // Somebody wrote the set: a person who looked at it, or a runner that found the lease run out.
            let newer = try await client.get(.variableSets, id: set["Id"]?.stringValue ?? "")
            isLost = Self.note(in: newer)?.holder != holder.id
            if !isLost { held = newer }
        } catch {
            // The next round tries again; `check` says when it is too late.
        }
        return !isLost
    }

    /// - Returns: false when the set was written by somebody else since it was read.
    private func write(length: TimeInterval, over set: JSON) async throws -> Bool {
        let until = now().addingTimeInterval(length)
        var changed = set
        changed["Links"] = nil
        changed["ScopeValues"] = nil
        var row = Self.row(of: set) ?? ["Name": .string(Self.variable), "Type": "String", "Scope": [:]]
        row["Value"] = .string(LeaseNote(holder: holder, run: run, until: until).text)
        changed["Variables"] = [row]
        do {
            held = try await client.update(.variableSets, id: set["Id"]?.stringValue ?? "", changed)
            end = until
            return true
        } catch let error as APIError {
            guard case .refused(_, _, let status, _, _) = error, status == 400 || status == 409 else { throw error }
            return false
        }
    }

    private static func row(of set: JSON) -> JSON? {
        set["Variables"]?.arrayValue?.first { $0["Name"]?.stringValue == variable }
    }

    private static func note(in set: JSON) -> LeaseNote? {
        row(of: set)?["Value"]?.stringValue.flatMap(LeaseNote.init(text:))
    }

    private func variableSet() async throws -> JSON {
        let id: String
        if let known = try await librarySet() {
            id = known
        } else {
            do {
                let made = try await client.create(
                    .librarySets,
                    [
                        "Name": .string(ReservedNames.lease), "ContentType": "Variables", "Templates": [],
                        "Description":
                            "Keeps two runners of `skerry sync apply` apart. Made by Skerry; never synced itself.",
                    ]
                )
                id = made["VariableSetId"]?.stringValue ?? ""
            } catch let error as APIError {
                // Made by another runner a moment ago.
                guard case .refused = error, let known = try await librarySet() else { throw error }
                id = known
            }
        }
        return try await client.get(.variableSets, id: id)
    }

    private func librarySet() async throws -> String? {
        let sets = try await client.list(.librarySets)
        return sets.first { $0["Name"]?.stringValue.map(EntityKey.folded) == EntityKey.folded(ReservedNames.lease) }?[
            "VariableSetId"
        ]?.stringValue
    }
}
