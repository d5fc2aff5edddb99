import ArgumentParser
import Foundation
import Hummingbird
import Logging

/// The bare stack: Hummingbird answering fixed bytes from memory. What Skerry is compared with.
struct BareServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bare",
        abstract: "Answer the bytes of two files at /get and /list, from memory."
    )

    @Option(help: "The port on 127.0.0.1.")
    var port: Int

    @Option(help: "The file that /get answers.")
    var get: String

    @Option(help: "The file that /list answers.")
    var list: String

    func run() async throws {
        let router = Router()
        for (path, file) in [("get", get), ("list", list)] {
            let buffer = ByteBuffer(bytes: try Data(contentsOf: URL(filePath: file)))
            router.get(RouterPath(path)) { _, _ in
                Response(
                    status: .ok,
                    headers: [.contentType: "application/json"],
                    body: ResponseBody(byteBuffer: buffer)
                )
            }
        }
        var logger = Logger(label: "bare")
        logger.logLevel = .warning
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: port)),
            logger: logger
        )
        try await application.runService()
    }
}
