import Crypto
import Foundation

/// The frame of a page that stands alone: no request leaves it, and its policy forbids every script and style but its
/// own, so that nothing inside a value could run even if it were not escaped.
struct Page {
    var title: String
    /// Rules that only this page has, made by this program.
    var style = ""
    var hasScript = true
    var body = HTMLWriter()

    func text() -> String {
        let style = PageStyle.text + style
        let script = PageScript.text
        var head = HTMLWriter()
        head.raw(
            """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="no-referrer">
            <meta name="robots" content="noindex">
            <meta http-equiv="Content-Security-Policy"
            """
        )
        let scripts = hasScript ? "'sha256-\(Self.digest(script))'" : "'none'"
        let policy =
            "default-src 'none'; style-src 'sha256-\(Self.digest(style))'; script-src \(scripts); base-uri 'none'; "
            + "form-action 'none'"
        // The quotes of a policy are part of its syntax; it holds nothing else that needs to be escaped.
        var text = head.html + " content=\"\(policy)\">\n<title>\(HTMLWriter.escaped(title))</title>\n"
        text += "<style>\(style)</style>\n</head>\n<body>\n\(body.html)"
        if hasScript { text += "<script>\(script)</script>\n" }
        return text + "</body>\n</html>\n"
    }

    private static func digest(_ text: String) -> String {
        Data(SHA256.hash(data: Array(text.utf8))).base64EncodedString()
    }
}
