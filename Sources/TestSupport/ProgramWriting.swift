import Foundation

/// Writes a script that is going to be run.
///
/// Another process does it. A file that this process had open for writing may still be open in a child that another
/// test starts in the same moment, and the system runs no file that somebody has open for writing ("text file busy").
public func writeProgram(
    _ text: String,
    to path: String,
    isolation: isolated (any Actor)? = #isolation
) async throws {
    let written = try await runProcess("/bin/sh", ["-c", "cat > \"$0\" && chmod 755 \"$0\"", path], input: text)
    guard written.exitCode == 0 else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path]) }
}
