import Catalog

/// The envelope around the items of a page, with links that keep the caller's filters.
struct PageEnvelope {
    private let itemType: String
    private let path: String
    private let filters: String
    private let template: String
    private let window: PageWindow
    private let total: Int

    init(kind: Kind, path: String, query: Query, window: PageWindow, total: Int) {
        let parameters = ["skip", "take", "ids"] + kind.filters.map(\.parameter)
        self.init(
            itemType: kind.type,
            path: path,
            template: "\(path){?\(parameters.joined(separator: ","))}",
            query: query,
            window: window,
            total: total
        )
    }

    init(itemType: String, path: String, template: String, query: Query, window: PageWindow, total: Int) {
        self.itemType = itemType
        self.path = path
        self.template = template
        self.window = window
        self.total = total
        // A key in the query is no filter, and must not be repeated in answers.
        filters = query.pairs.filter { !["skip", "take", "apikey"].contains($0.name) }.map {
            "&\(PercentCoding.encode($0.spelled))=\(PercentCoding.encode($0.value, keeping: ","))"
        }.joined()
    }

    private var size: Int { max(window.take, 1) }
    private var pageCount: Int { max(1, (total / size) + (total % size == 0 ? 0 : 1)) }

    private func link(skip: Int, take: Int? = nil) -> JSON {
        .string("\(path)?skip=\(skip)&take=\(take ?? window.take)\(filters)")
    }

    /// - Parameter items: the served bodies, joined by commas.
    func bytes(items: [UInt8]) -> [UInt8] {
        let take = min(window.take, Int(Int32.max))
        let head: JSON = [
            "ItemType": .string(itemType), "TotalResults": .int(total), "ItemsPerPage": .int(take),
            "NumberOfPages": .int(window.take == 0 ? 1 : pageCount),
            "LastPageNumber": .int(window.take == 0 ? 0 : pageCount - 1),
        ]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(items.count + 1024)
        head.write(into: &bytes)
        bytes.removeLast()
        bytes.append(contentsOf: ",\"Items\":[".utf8)
        bytes.append(contentsOf: items)
        bytes.append(contentsOf: "],\"Links\":".utf8)
        links.write(into: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private var links: JSON {
        var links: JSONObject = [
            "Self": link(skip: window.skip),
            "Template": .string(template),
            "Page.All": link(skip: 0, take: Int(Int32.max)),
            "Page.Current": link(skip: window.skip),
            "Page.Last": link(skip: window.take == 0 ? 0 : (pageCount - 1) * size),
        ]
        if window.skip > 0 { links["Page.Previous"] = link(skip: max(0, window.skip - size)) }
        if window.take > 0, window.skip < total, total - window.skip > window.take {
            links["Page.Next"] = link(skip: window.skip + size)
        }
        return .object(links)
    }
}
