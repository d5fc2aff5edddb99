import Crypto
import Foundation
import Synchronization

/// Who may use the manager: whoever opened the link that it printed, once. All others are refused, other users of the
/// machine included.
final class Access: Sendable {
    private struct State {
        var link: String?
        var session: String?
        /// In every form, so that no other page can send one.
        var formToken = Access.token()
    }

    private let state = Mutex(State())

    init() { state.withLock { $0.link = Access.token() } }

    /// 256 random bits, in hexadecimal.
    static func token() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { bytes in
            bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
    }

    /// The token of the link; nil once it was used.
    var link: String? { state.withLock { $0.link } }

    var formToken: String { state.withLock { $0.formToken } }

    /// - Returns: the value of the session cookie; nil for a wrong token and for one that was used.
    func open(_ token: String) -> String? {
        state.withLock { state in
            guard let link = state.link, Self.isSame(link, token) else { return nil }
            state.link = nil
            let session = Self.token()
            state.session = session
            return session
        }
    }

    func knows(session: String?) -> Bool {
        guard let session else { return false }
        return state.withLock { $0.session.map { Self.isSame($0, session) } ?? false }
    }

    func accepts(form token: String?) -> Bool { token.map { Self.isSame($0, formToken) } ?? false }

    /// Takes the same time whatever differs.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
