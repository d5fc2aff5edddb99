import Foundation

/// The process's heap, where the C library is glibc; elsewhere these do nothing.
public enum HeapMemory {
    /// One heap for all threads that begin from now on. What one thread lets go of can then be taken by the next: reading and
    /// planning go from thread to thread, and a plan of a thousand projects needs 480 instead of 600 MB.
    ///
    /// For programs that do one thing; a server has many threads that allocate at the same time.
    public static func share() { _ = set?(mostArenas, 1) }

    /// Gives memory back to the system that the C library keeps for later. Worth its milliseconds where something large
    /// was let go of and something large of another shape comes next, which would not fit into the holes.
    static func giveBack() { _ = trim?(0) }

    private typealias Trim = @convention(c) @Sendable (Int) -> Int32
    private typealias Set = @convention(c) @Sendable (Int32, Int32) -> Int32

    private static let trim = dlsym(nil, "malloc_trim").map { unsafeBitCast($0, to: Trim.self) }
    private static let set = dlsym(nil, "mallopt").map { unsafeBitCast($0, to: Set.self) }

    /// `M_ARENA_MAX` of glibc's malloc.h, which Swift does not import.
    private static let mostArenas: Int32 = -8
}
