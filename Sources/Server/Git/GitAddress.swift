import Catalog

/// Addresses of repositories, names of branches and folders: what a client may send, and what may reach `git`.
enum GitAddress {
    /// - Parameter allowsLocal: whether the instance is configured to use repositories on its own disk.
    /// - Throws: `APIProblem` that says what to send instead.
    static func check(_ url: String, allowsLocal: Bool) throws {
        let place = "VersionControlSettings.Url"
        guard !url.isEmpty else { throw APIProblem.invalid("\(place): give the address of the repository.") }
        guard url.utf8.count <= 2_000, url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw APIProblem.invalid("\(place): the address is too long, or holds spaces or control characters.")
        }
        let lower = url.lowercased()
        if lower.hasPrefix("/") || lower.hasPrefix("file:///") || lower.hasPrefix("http://") {
            guard allowsLocal else {
                throw APIProblem.invalid(
                    "\(place): this server reaches repositories over https:// only. Whoever runs it can permit http:// and "
                        + "repositories on its own disk with: skerry configure --allowLocalGit true"
                )
            }
        } else if !lower.hasPrefix("https://") {
            throw APIProblem.invalid("\(place): only https:// is supported, with a Git credential that holds a token.")
        }
        guard lower.hasPrefix("http") else { return }
        let host = lower.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" }
        guard !host.isEmpty, !host.contains("@") else {
            throw APIProblem.invalid(
                "\(place): leave the user name and the password out of the address, and name a Git credential instead."
            )
        }
    }

    /// The folder of the project in the repository, without slashes around it.
    static func folder(_ text: String) throws -> String {
        let parts = text.split(separator: "/").filter { $0 != "." }
        let isFine = parts.allSatisfy { part in
            part != ".." && part.lowercased() != ".git" && part.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
                && !part.contains { "\\:*?\"<>|".contains($0) }
        }
        guard isFine, !parts.isEmpty, text.utf8.count <= 400, !text.hasPrefix("-") else {
            throw APIProblem.invalid(
                "VersionControlSettings.BasePath: give a folder of the repository like .octopus or .octopus/web."
            )
        }
        return parts.joined(separator: "/")
    }

    /// The rules of Git for names of branches, so that nothing else than a branch can be meant.
    static func isBranchName(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 250, !name.hasPrefix("-"), !name.hasPrefix("/"), !name.hasSuffix("/"),
            !name.hasSuffix("."), name != "@", !name.contains(".."), !name.contains("//"), !name.contains("@{"),
            name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { return false }
        return !name.contains { "~^:?*[\\".contains($0) }
            && name.split(separator: "/").allSatisfy { !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
    }

    /// `main` for `refs/heads/main`.
    static func shortName(_ ref: String) -> String {
        ref.hasPrefix("refs/heads/") ? String(ref.dropFirst("refs/heads/".count)) : ref
    }

    static func isHash(_ text: String) -> Bool {
        text.utf8.count == 40 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Whether a name is one that a pattern like `release/*` means.
    static func matches(_ name: Substring, _ pattern: Substring) -> Bool {
        guard let star = pattern.firstIndex(of: "*") else { return name == pattern }
        guard name.hasPrefix(pattern[..<star]) else { return false }
        let rest = pattern[pattern.index(after: star)...]
        var end = name.dropFirst(pattern[..<star].count)
        // A pattern holds few stars; the limit of names keeps this short.
        while true {
            if matches(end, rest) { return true }
            guard !end.isEmpty else { return false }
            end = end.dropFirst()
        }
    }
}
