import Catalog

/// Where documents of a kind have parts, read off its shape once.
final class PartShape: Sendable {
    struct List: Sendable {
        let field: Field
        let shape: PartShape
    }

    let lists: [List]

    init(_ shape: Shape) {
        lists = shape.fields.compactMap { field in
            Parts.shape(of: field).map { List(field: field, shape: PartShape($0)) }
        }
    }
}

/// The parts of one document, depth first.
struct PartList {
    private(set) var paths: [[String]] = []
    private(set) var ids: [String] = []
    /// Two parts of one list share a name.
    private(set) var hasTwins = false

    /// - Parameter isWanted: which of the document's lists to look at.
    init(_ entity: Entity, _ shape: PartShape, where isWanted: (Field) -> Bool) {
        var position = 0
        for list in shape.lists {
            let isWanted = isWanted(list.field)
            walk(entity.body[list.field.name], list.shape, [list.field.name], entity.partIDs, &position, isWanted)
        }
        // Ids that belong to another body say nothing.
        if position != entity.partIDs.count { ids = Array(repeating: "", count: paths.count) }
    }

    private mutating func walk(
        _ list: JSON?,
        _ shape: PartShape,
        _ path: [String],
        _ allIDs: [String],
        _ position: inout Int,
        _ isWanted: Bool
    ) {
        guard let elements = list?.arrayValue, !elements.isEmpty else { return }
        if isWanted, elements.count > 1 {
            hasTwins = hasTwins || Set(elements.map { EntityKey.folded(Self.name(of: $0)) }).count < elements.count
        }
        for element in elements {
            var path = path
            if isWanted {
                path.append(Self.name(of: element))
                paths.append(path)
                ids.append(position < allIDs.count ? allIDs[position] : "")
            }
            position += 1
            for inner in shape.lists {
                guard let list = element[inner.field.name] else { continue }
                walk(list, inner.shape, path + [inner.field.name], allIDs, &position, isWanted)
            }
        }
    }

    private static func name(of element: JSON) -> String { element["Name"]?.stringValue ?? "" }
}

extension PartList {
    /// What to remember of parts that are plainly the same on all sides, or only at the source. Nil when somebody has
    /// to look closer: something was added, removed, renamed, moved or made anew.
    static func plain(_ mine: PartList, _ theirs: PartList?, _ known: [SyncState.Part]) -> [SyncState.Part]? {
        guard !mine.hasTwins, theirs.map({ !$0.hasTwins && $0.paths == mine.paths }) ?? known.isEmpty else {
            return nil
        }
        if !known.isEmpty {
            let isAsKnown =
                known.count == mine.paths.count
                && known.indices.allSatisfy { index in
                    known[index].sourceID == mine.ids[index] && known[index].path == mine.paths[index]
                        && known[index].destinationID == theirs?.ids[index]
                }
            return isAsKnown ? known : nil
        }
        return mine.paths.indices.map { index in
            SyncState.Part(path: mine.paths[index], sourceID: mine.ids[index], destinationID: theirs?.ids[index] ?? "")
        }
    }
}
