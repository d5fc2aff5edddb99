import APIClient
import Catalog
import Foundation
import Sync
import TestSupport
import Testing

@testable import SyncRun

/// A plan about what changed is the plan about everything, restricted to it (decision 18).
@Suite("Planning only what changed")
struct PlanScopeTests {
    private static var cases: Int {
        ProcessInfo.processInfo.environment["SKERRY_NIGHTLY"] == "1" ? 20_000 : 250
    }

    @Test("gives the operations, conflicts and notices of a plan about everything, whatever was changed")
    func sameAsWhole() async throws {
        try await withTemporaryDirectory { folder in
            let bench = try await ScopeBench(folder: folder)
            var parts = 0
            for seed in 0..<Self.cases {
                var dice = SmallDice(seed)
                let edits = (0...dice.roll(3)).map { _ in WireEdit(&dice) }
                let (part, whole) = try await bench.plans(after: edits)
                guard let part else { continue }
                parts += 1
                let text = "seed \(seed): \(edits)"
                #expect(part.plan.operations == whole.plan.operations, "\(text)")
                #expect(part.plan.conflicts == whole.plan.conflicts, "\(text)")
                #expect(Set(part.plan.notices) == Set(whole.plan.notices), "\(text)")
                #expect(Set(part.plan.skipped) == Set(whole.plan.skipped), "\(text)")
                #expect(Set(part.plan.secrets) == Set(whole.plan.secrets), "\(text)")
                let carried = bench.state.carryingOut(part.proposedState, from: part.state)
                #expect(carried.records == whole.proposedState.records, "\(text)")
                guard part.plan.operations == whole.plan.operations else { return }
            }
            // Nothing is shown if everything is always planned.
            #expect(parts > Self.cases / 4)
        }
    }

    @Test("what others depend on is planned with everything")
    func whole() async throws {
        try await withTemporaryDirectory { folder in
            let bench = try await ScopeBench(folder: folder)
            for edit in [WireEdit.environmentName, .projectName(1), .newVariable(2), .usedName(0), .channelName(1)] {
                #expect(try await bench.plans(after: [edit]).part == nil, "\(edit)")
            }
            for edit in [WireEdit.variable(1, "x"), .description(2, "y", .source), .script(3, "echo")] {
                #expect(try await bench.plans(after: [edit]).part != nil, "\(edit)")
            }
        }
    }
}

/// Two replicas in step, and what is remembered of them, in real files.
private struct ScopeBench {
    var flow: SyncFlow
    var state: SyncState
    private var replicas: [ReplicaSide: CachedReplica]

    init(folder: String) async throws {
        let store = try await StateStore.open(path: "\(folder)/state.sqlite")
        let (cache, _) = try await ReplicaCache.open(path: "\(folder)/replicas.sqlite", catalog: .standard)
        var policy = Policy(
            source: .init(name: "", url: "http://s.example", credential: .environment("S")),
            destination: .init(name: "", url: "http://d.example", credential: .environment("D"))
        )
        policy.environments = [.init("Dev", .drop)]
        policy.tenantVariables = .copyNew
        let readSet = ReadSet(for: policy, catalog: .standard)
        let key = try APIKey("API-X", from: "the test")
        func identity(_ name: String) -> ServerIdentity {
            ServerIdentity(
                url: "http://\(name).example",
                version: "2026.1.0",
                apiVersion: "3.0.0",
                installationID: name,
                spaceID: "Spaces-1",
                spaceName: "Default"
            )
        }
        flow = SyncFlow(
            policy: policy,
            policyPath: "",
            store: store,
            warnings: [],
            catalog: .standard,
            source: try SourceClient(returningTo: identity("s"), key: key),
            destination: try DestinationClient(returningTo: identity("d"), key: key),
            observer: SyncObserver(),
            keeper: ReplicaKeeper(
                cache: cache,
                catalog: .standard,
                readSet: readSet,
                options: ReadingOptions(),
                store: store,
                isLastRunUnfinished: false,
                progress: { _ in }
            ),
            secrets: SecretSource(policy: policy, policyPath: "", keyPath: "")
        )
        replicas = [:]
        for (side, name) in [(ReplicaSide.source, "s"), (.destination, "d")] {
            let replica = CachedReplica(
                askedURL: "http://\(name).example",
                askedSpace: "Default",
                identity: identity(name),
                readSet: readSet.digest,
                mark: FeedMark(feed: .changes, cursor: 1),
                revision: "",
                readAt: Date(),
                widened: [],
                hidden: []
            )
            let documents = WireWorld.documents(side).map { (place: $0.0, document: JSON?.some($0.1)) }
            replicas[side] = try await cache.store(side, replica, documents, isWhole: true).replica
        }
        // Two rounds: what the first one agrees on, the second one finds agreed.
        state = SyncState()
        for _ in 0..<2 {
            let known = state
            var comparison = try await flow.compare(
                flow.normal(try await flow.raw(.source)),
                try await flow.raw(.destination),
                focus: nil
            ) { _ in known }
            comparison.revisions = try await flow.revisions()
            try #require(comparison.plan.operations.isEmpty, "\(comparison.plan.operations.map(\.key))")
            try #require(comparison.plan.conflicts.isEmpty)
            state = comparison.proposedState
            try await store.save(state, finishing: "", as: .finished)
            try await flow.noteIfInStep(comparison, isSettled: true)
        }
    }

    /// The plan of what changed, nil where everything has to be planned, and the plan of everything.
    func plans(after edits: [WireEdit]) async throws -> (part: Comparison?, whole: Comparison) {
        var undo: [ReplicaSide: [(place: DocumentPlace, document: JSON?)]] = [:]
        for edit in edits {
            let place = edit.place
            guard let before = try await flow.keeper.cache.document(edit.side, place) else { continue }
            undo[edit.side, default: []].insert((place, before), at: 0)
            var after = before
            edit.change(&after)
            _ = try await flow.keeper.cache.store(edit.side, replicas[edit.side]!, [(place, after)])
        }
        let part = try await flow.compareChanges { state, _ in state }
        let known = state
        let whole = try await flow.compare(
            flow.normal(try await flow.raw(.source)),
            try await flow.raw(.destination),
            focus: nil
        ) {
            _ in
            known
        }
        for (side, changes) in undo {
            for change in changes { _ = try await flow.keeper.cache.store(side, replicas[side]!, [change]) }
        }
        return (part, whole)
    }
}

/// What a person may do to the world below.
private enum WireEdit: CustomStringConvertible {
    case variable(Int, String)
    case destinationVariable(Int, String)
    case scope(Int, [String])
    case removeVariable(Int)
    case newVariable(Int)
    case description(Int, String, ReplicaSide)
    case script(Int, String)
    case stepScope(Int, [String])
    case stepName(Int, String)
    case usedName(Int)
    case runbook(Int, String)
    case channel(Int, String, ReplicaSide)
    case channelName(Int)
    case tenantValue(String)
    case projectName(Int)
    case environmentName
    case lifecycle(String)
    case libraryValue(String)

    init(_ dice: inout SmallDice) {
        let project = dice.roll(WireWorld.projects)
        let text = dice.pick(["one", "two", "#{Local.A}", "three"])
        let scope = dice.pick([[], ["Environments-1"], ["Environments-2"], ["Environments-2", "Environments-3"]])
        let side = dice.pick(ReplicaSide.allCases)
        switch dice.roll(24) {
        case 0, 1, 2: self = .variable(project, text)
        case 3, 4: self = .destinationVariable(project, text)
        case 5, 6: self = .scope(project, scope)
        case 7: self = .removeVariable(project)
        case 8: self = .newVariable(project)
        case 9, 10: self = .description(project, text, side)
        case 11, 12: self = .script(project, "echo \(text)")
        case 13, 14: self = .stepScope(project, scope)
        case 15: self = .stepName(project, text)
        case 16: self = .usedName(project)
        case 17, 18: self = .runbook(project, text)
        case 19, 20: self = .channel(project, text, side)
        case 21, 22: self = .tenantValue(text)
        default: self = dice.pick([.projectName(project), .environmentName, .lifecycle(text), .libraryValue(text)])
        }
    }

    var side: ReplicaSide {
        switch self {
        case .destinationVariable: .destination
        case .description(_, _, let side), .channel(_, _, let side): side
        default: .source
        }
    }

    var place: DocumentPlace {
        let shift = side == .source ? 0 : WireWorld.shift
        func project(_ kind: KindName, _ prefix: String, _ number: Int) -> DocumentPlace {
            DocumentPlace(kind: kind, id: "\(prefix)-\(number + 1 + shift)")
        }
        switch self {
        case .variable(let number, _), .destinationVariable(let number, _), .scope(let number, _),
            .removeVariable(let number), .newVariable(let number):
            return project(.variableSets, "variableset-Projects", number)
        case .description(let number, _, _), .projectName(let number):
            return project(.projects, "Projects", number)
        case .script(let number, _), .stepScope(let number, _), .stepName(let number, _), .usedName(let number):
            return project(.deploymentProcesses, "deploymentprocess-Projects", number)
        case .runbook(let number, _): return project(.runbookProcesses, "RunbookProcess-Runbooks", number)
        case .channel(let number, _, _), .channelName(let number): return project(.channels, "Channels", number)
        case .tenantValue: return DocumentPlace(kind: .tenantVariables, id: "tenantvariables-Tenants-1")
        case .environmentName: return DocumentPlace(kind: .environments, id: "Environments-2")
        case .lifecycle: return DocumentPlace(kind: .lifecycles, id: "Lifecycles-1")
        case .libraryValue: return DocumentPlace(kind: .variableSets, id: "variableset-LibraryVariableSets-1")
        }
    }

    func change(_ document: inout JSON) {
        switch self {
        case .variable(_, let text), .destinationVariable(_, let text), .libraryValue(let text):
            document["Variables"]?[0]?["Value"] = .string(text)
        case .scope(_, let scope): document["Variables"]?[0]?["Scope"] = ["Environment": JSON(scope)]
        case .removeVariable:
            document["Variables"] = .array(Array((document["Variables"]?.arrayValue ?? []).dropLast()))
        case .newVariable:
            let row: JSON = [
                "Id": "new-variable", "Name": "Local.New", "Value": "new", "Type": "String", "Scope": [:],
            ]
            document["Variables"] = .array((document["Variables"]?.arrayValue ?? []) + [row])
        case .description(_, let text, _), .channel(_, let text, _), .lifecycle(let text):
            document["Description"] = .string(text)
        case .script(_, let text), .runbook(_, let text):
            document["Steps"]?[0]?["Actions"]?[0]?["Properties"]?["Octopus.Action.Script.ScriptBody"] = .string(text)
        case .usedName:
            document["Steps"]?[0]?["Actions"]?[0]?["Properties"]?["Octopus.Action.Script.ScriptBody"] = "#{Shared.B}"
        case .stepScope(_, let scope): document["Steps"]?[0]?["Actions"]?[0]?["Environments"] = JSON(scope)
        case .stepName(_, let text): document["Steps"]?[0]?["Name"] = .string("Step \(text)")
        case .channelName, .projectName, .environmentName: document["Name"] = "Another name"
        case .tenantValue(let text):
            document["ProjectVariables"]?["Projects-1"]?["Variables"]?["Environments-2"]?["template-1"] = .string(text)
        }
    }

    var description: String { "\(side) \(place.id) \(label)" }

    private var label: String {
        switch self {
        case .variable(_, let text), .destinationVariable(_, let text): "value \(text)"
        case .scope(_, let scope): "scope \(scope)"
        case .removeVariable: "without its last variable"
        case .newVariable: "new variable"
        case .description(_, let text, _), .channel(_, let text, _): "described \(text)"
        case .script(_, let text), .runbook(_, let text): "script \(text)"
        case .stepScope(_, let scope): "step in \(scope)"
        case .stepName(_, let text): "step named \(text)"
        case .usedName: "uses another name"
        case .tenantValue(let text), .libraryValue(let text), .lifecycle(let text): text
        case .projectName, .environmentName, .channelName: "renamed"
        }
    }
}

/// A small company as a server would send it. The destination's ids are those of the source, shifted.
private enum WireWorld {
    static let projects = 4
    static let shift = 900

    static func documents(_ side: ReplicaSide) -> [(DocumentPlace, JSON)] {
        let shift = side == .source ? 0 : Self.shift
        return all(shift).compactMap { kind, document in
            Catalog.standard[kind].map { (DocumentPlace(document, $0), document) }
        }
    }

    private static func all(_ shift: Int) -> [(KindName, JSON)] {
        func id(_ prefix: String, _ number: Int) -> JSON { .string("\(prefix)-\(number + shift)") }
        func text(_ json: JSON) -> String { json.stringValue ?? "" }
        var all: [(KindName, JSON)] = []
        for (number, name) in ["Dev", "Test", "Production"].enumerated() {
            all.append((.environments, ["Id": id("Environments", number + 1), "Name": .string(name)]))
        }
        all.append((.projectGroups, ["Id": id("ProjectGroups", 1), "Name": "All"]))
        all.append((.lifecycles, ["Id": id("Lifecycles", 1), "Name": "Default Lifecycle", "Phases": []]))
        all.append(
            (
                .librarySets,
                [
                    "Id": id("LibraryVariableSets", 1), "Name": "Shared", "ContentType": "Variables", "Templates": [],
                    "VariableSetId": id("variableset-LibraryVariableSets", 1),
                ]
            )
        )
        all.append(
            (
                .variableSets,
                [
                    "Id": id("variableset-LibraryVariableSets", 1), "OwnerId": id("LibraryVariableSets", 1),
                    "Version": 1,
                    "Variables": [
                        row("shared-a-\(shift)", "Shared.A", "#{Shared.B}", []),
                        row("shared-b-\(shift)", "Shared.B", "b", [text(id("Environments", 1))]),
                        row("shared-c-\(shift)", "Shared.C", "c", [text(id("Environments", 3))]),
                    ],
                ]
            )
        )
        for number in 1...projects { all += project(number, shift) }
        all.append(
            (
                .tenants,
                [
                    "Id": id("Tenants", 1), "Name": "Customer", "TenantTags": [],
                    "ProjectEnvironments": .object([text(id("Projects", 1)): [id("Environments", 2)]]),
                ]
            )
        )
        all.append(
            (
                .tenantVariables,
                [
                    "TenantId": id("Tenants", 1), "LibraryVariables": [:],
                    "ProjectVariables": .object([
                        text(id("Projects", 1)): [
                            "ProjectId": id("Projects", 1), "Templates": templates(shift),
                            "Variables": .object([
                                text(id("Environments", 2)): .object(["template-\(1 + shift)": "answer"])
                            ]),
                        ]
                    ]),
                ]
            )
        )
        return all
    }

    private static func templates(_ shift: Int) -> JSON {
        [
            [
                "Id": .string("template-\(1 + shift)"), "Name": "Answer", "Label": "Answer", "DefaultValue": "",
                "DisplaySettings": ["Octopus.ControlType": "SingleLineText"],
            ]
        ]
    }

    /// Odd ones share the library set; the second deploys the first.
    private static func project(_ number: Int, _ shift: Int) -> [(KindName, JSON)] {
        func id(_ prefix: String, _ number: Int = number) -> JSON { .string("\(prefix)-\(number + shift)") }
        let production = "Environments-\(3 + shift)"
        var properties: JSON = ["Octopus.Action.Script.ScriptBody": .string("echo #{Shared.A} #{Local.A}")]
        var type: JSON = "Octopus.Script"
        if number == 2 {
            type = "Octopus.DeployRelease"
            properties = ["Octopus.Action.DeployRelease.ProjectId": id("Projects", 1)]
        }
        return [
            (
                .projects,
                [
                    "Id": id("Projects"), "Name": .string("Project \(number)"), "Description": "",
                    "ProjectGroupId": id("ProjectGroups", 1), "LifecycleId": id("Lifecycles", 1),
                    "VariableSetId": id("variableset-Projects"),
                    "DeploymentProcessId": id("deploymentprocess-Projects"),
                    "IncludedLibraryVariableSetIds": number % 2 == 1 ? [id("LibraryVariableSets", 1)] : [],
                    "Templates": number == 1 ? templates(shift) : [],
                ]
            ),
            (
                .channels,
                [
                    "Id": id("Channels"), "Name": "Default", "ProjectId": id("Projects"), "IsDefault": true,
                    "Rules": [], "TenantTags": [], "LifecycleId": nil, "Description": "",
                ]
            ),
            (
                .deploymentProcesses,
                [
                    "Id": id("deploymentprocess-Projects"), "ProjectId": id("Projects"), "Version": 1,
                    "Steps": [
                        step("action-\(number + shift)", "Deploy", type, properties, ["Environments-\(2 + shift)"])
                    ],
                ]
            ),
            (
                .runbooks,
                [
                    "Id": id("Runbooks"), "Name": "Restart", "ProjectId": id("Projects"),
                    "RunbookProcessId": id("RunbookProcess-Runbooks"),
                ]
            ),
            (
                .runbookProcesses,
                [
                    "Id": id("RunbookProcess-Runbooks"), "ProjectId": id("Projects"), "RunbookId": id("Runbooks"),
                    "Version": 1,
                    "Steps": [
                        step(
                            "runbook-action-\(number + shift)",
                            "Restart",
                            "Octopus.Script",
                            ["Octopus.Action.Script.ScriptBody": "restart"],
                            []
                        )
                    ],
                ]
            ),
            (
                .variableSets,
                [
                    "Id": id("variableset-Projects"), "OwnerId": id("Projects"), "Version": 1,
                    "Variables": [
                        row("local-a-\(number + shift)", "Local.A", "a", []),
                        row("local-b-\(number + shift)", "Local.B", "b", [production]),
                        row("local-c-\(number + shift)", "Local.C", "#{Shared.C}", []),
                    ],
                ]
            ),
        ]
    }

    private static func row(_ id: String, _ name: String, _ value: String, _ environments: [String]) -> JSON {
        [
            "Id": .string(id), "Name": .string(name), "Value": .string(value), "Type": "String", "Description": "",
            "Scope": environments.isEmpty ? [:] : ["Environment": JSON(environments)], "IsEditable": true,
        ]
    }

    private static func step(
        _ id: String,
        _ name: String,
        _ type: JSON,
        _ properties: JSON,
        _ environments: [String]
    ) -> JSON {
        [
            "Id": .string("step-\(id)"), "Name": .string(name), "Condition": "Success", "Properties": [:],
            "Actions": [
                [
                    "Id": .string(id), "Name": .string(name), "ActionType": type, "Environments": JSON(environments),
                    "ExcludedEnvironments": [], "Channels": [], "TenantTags": [], "Properties": properties,
                ]
            ],
        ]
    }
}

/// Numbers that look random and are the same on every run.
private struct SmallDice {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

    mutating func roll(_ sides: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % sides
    }

    mutating func pick<T>(_ items: [T]) -> T { items[roll(items.count)] }
}
