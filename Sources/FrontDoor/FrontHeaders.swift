import Catalog
import Instances
import NIOHTTP1

/// What changes in a message on its way through.
enum FrontHeaders {
    /// For one connection only, or said by us and believed by the instance.
    private static let dropped = [
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "upgrade", "expect", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-prefix", "x-forwarded-host",
        "forwarded",
    ]

    /// The request as the instance sees it: where it came from, and the path that is the instance's own, in headers.
    static func request(
        _ head: HTTPRequestHead,
        _ route: FrontDoorPlan.Route,
        address: String,
        isTLS: Bool
    ) -> HTTPRequestHead {
        var result = head
        result.version = .http1_1
        let asksForWebSocket = asksForWebSocket(head)
        for name in connectionNames(head.headers) + dropped { result.headers.remove(name: name) }
        result.headers.add(name: "X-Forwarded-For", value: address)
        result.headers.add(name: "X-Forwarded-Proto", value: isTLS ? "https" : "http")
        if asksForWebSocket {
            result.headers.add(name: "Connection", value: "Upgrade")
            result.headers.add(name: "Upgrade", value: "websocket")
        }
        if !route.prefix.path.isEmpty { result.headers.add(name: "X-Forwarded-Prefix", value: route.prefix.path) }
        return result
    }

    /// - Parameter isLast: say that the connection ends with it.
    static func response(_ head: HTTPResponseHead, isLast: Bool) -> HTTPResponseHead {
        var result = head
        result.version = .http1_1
        for name in connectionNames(head.headers) + ["connection", "keep-alive"] { result.headers.remove(name: name) }
        if isLast { result.headers.add(name: "Connection", value: "close") }
        return result
    }

    /// Headers that `Connection` declares to be for one connection only.
    private static func connectionNames(_ headers: HTTPHeaders) -> [String] {
        headers[canonicalForm: "connection"].map { $0.lowercased() }
            .filter { $0 != "close" && $0 != "content-length" && $0 != "transfer-encoding" && $0 != "host" }
    }

    /// Other protocols than this one are offered, not asked for, and are passed over in silence as a server may.
    static func asksForWebSocket(_ head: HTTPRequestHead) -> Bool {
        offersProtocol(head) && names(head.headers, "upgrade") == ["websocket"]
    }

    /// Whether the client would go on in another protocol on this connection.
    static func offersProtocol(_ head: HTTPRequestHead) -> Bool {
        head.version == .http1_1 && head.headers.contains(name: "upgrade")
            && names(head.headers, "connection").contains("upgrade")
    }

    static func agreesToWebSocket(_ head: HTTPResponseHead) -> Bool {
        names(head.headers, "connection").contains("upgrade") && names(head.headers, "upgrade") == ["websocket"]
    }

    static func hasBody(_ headers: HTTPHeaders) -> Bool {
        headers.contains(name: "transfer-encoding") || headers["content-length"].contains { $0 != "0" }
    }

    private static func names(_ headers: HTTPHeaders, _ field: String) -> [String] {
        headers[canonicalForm: field].map { $0.lowercased() }
    }

    /// `My-Octopus:8080` is `my-octopus`.
    static func host(_ header: String) -> String {
        let text = header.lowercased()
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return String(text[text.index(after: text.startIndex)..<end])
        }
        return String(text.prefix { $0 != ":" })
    }
}

/// The few pages of its own.
enum FrontPage {
    static func json(_ title: String, _ advice: String) -> String {
        let body: JSON = ["ErrorMessage": .string("\(title)."), "Errors": [.string(advice)]]
        return body.text
    }

    static func html(_ title: String, _ advice: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>\(escaped(title))</title>
        <style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;\
        max-width:40rem;padding:0 1rem}</style>
        <h1>\(escaped(title))</h1>
        <p>\(escaped(advice))</p>
        </html>

        """
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
