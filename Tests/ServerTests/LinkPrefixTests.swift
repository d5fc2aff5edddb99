import Catalog
import HTTPTypes
import Testing

@testable import Server

@Suite("Links below a path") struct LinkPrefixTests {
    @Test("links get the path, and nothing else does, whatever the text holds")
    func links() throws {
        let document: JSON = [
            "Links": ["Self": "/api/x", "Odd": "a/b", "Quote": "/a\"Links\":{\"x"],
            "Items": [["Links": ["Self": "/api/y"], "Value": "/api/z"]],
            "Text": "\"Links\":{\"Self\":\"/api/no\"}", "Nested": ["Links": "/api/no"], "Zz": "/api/no\\",
        ]
        let expected: JSON = [
            "Links": ["Self": "/g/api/x", "Odd": "a/b", "Quote": "/g/a\"Links\":{\"x"],
            "Items": [["Links": ["Self": "/g/api/y"], "Value": "/api/z"]],
            "Text": "\"Links\":{\"Self\":\"/api/no\"}", "Nested": ["Links": "/api/no"], "Zz": "/api/no\\",
        ]
        #expect(try JSON.parse(LinkPrefix.applied("/g", to: document.bytes)) == expected)
    }

    @Test("text that was cut off is passed on and never read past its end", arguments: 0..<60)
    func cut(length: Int) {
        let bytes = Array(#"{"A":"\\","Links":{"Self":"/api\"x","B":["/c"]},"D":1}"#.utf8.prefix(length))
        #expect(LinkPrefix.applied("", to: bytes) == bytes)
    }

    @Test(
        "only what a front door may say counts as a path",
        arguments: [
            ("/group1", "/group1"), ("group1", ""), ("/a;b", ""), ("/a\"b", ""), ("/a b", ""), ("", ""),
            ("/a/b/c", "/a/b/c"),
        ]
    )
    func basePath(header: String, expected: String) throws {
        var fields = HTTPFields()
        fields[try #require(HTTPField.Name("X-Forwarded-Prefix"))] = header
        let arrival = Arrival(forwarded: fields)
        #expect(arrival.basePath == expected)
        if expected == "/group1" {
            #expect(arrival.ownPath("/group1/api?x") == "/api?x" && arrival.ownPath("/group1?x") == "/?x")
            #expect(arrival.ownPath("/group10/api") == "/group10/api" && arrival.ownPath("/group1") == "/")
        }
    }
}
