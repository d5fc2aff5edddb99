import Catalog
import Hummingbird
import NIOCore
import ServiceLifecycle

/// A log as it is written, for scripts of pages (server-sent events). Ends with the page, and with the manager.
enum LogStream {
    /// How often it is looked whether the page is still there.
    private static let pulse = Duration.seconds(5)

    private enum Event: Sendable {
        case text(String, end: String)
        case pulse
    }

    static func response(_ log: InstanceLog, from start: String) -> Response {
        Response(
            status: .ok,
            headers: Reply.headers("text/event-stream"),
            body: ResponseBody { writer in
                let (events, source) = AsyncStream<Event>.makeStream(bufferingPolicy: .bufferingNewest(1_000))
                let reader = Task {
                    await log.follow(from: start) { source.yield(.text($0, end: $1)) }
                    source.finish()
                }
                let ticker = Task {
                    while !Task.isCancelled {
                        source.yield(.pulse)
                        try await Task.sleep(for: pulse)
                    }
                }
                defer {
                    reader.cancel()
                    ticker.cancel()
                }
                for await event in events.cancelOnGracefulShutdown() {
                    try await writer.write(ByteBuffer(string: text(of: event)))
                }
                try await writer.finish(nil)
            }
        )
    }

    /// The identifier comes back when a connection is lost and begun anew.
    private static func text(of event: Event) -> String {
        switch event {
        case .pulse: ": \n\n"
        case .text(let text, let end):
            "id: \(end)\ndata: \(JSON.string(text).text)\n\n"
        }
    }
}
