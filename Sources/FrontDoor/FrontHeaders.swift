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
        for name in connectionNames(head.headers) + dropped { result.headers.remove(name: name) }
        result.headers.add(name: "X-Forwarded-For", value: address)
        result.headers.add(name: "X-Forwarded-Proto", value: isTLS ? "https" : "http")
        if !route.prefix.path.isEmpty { result.headers.add(name: "X-Forwarded-Prefix", value: route.prefix.path) }
        return result
    }

    static func response(_ head: HTTPResponseHead) -> HTTPResponseHead {
        var result = head
        result.version = .http1_1
        for name in connectionNames(head.headers) + ["connection", "keep-alive"] { result.headers.remove(name: name) }
        return result
    }

    /// Headers that `Connection` declares to be for one connection only.
    private static func connectionNames(_ headers: HTTPHeaders) -> [String] {
        headers[canonicalForm: "connection"].map { $0.lowercased() }
            .filter { $0 != "close" && $0 != "content-length" && $0 != "transfer-encoding" && $0 != "host" }
    }

    /// Other protocols than this one are offered, not asked for, and are passed over in silence as a server may.
    static func asksForWebSocket(_ headers: HTTPHeaders) -> Bool {
        headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
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
