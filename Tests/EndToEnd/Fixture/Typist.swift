import Foundation
import TestSupport

/// Somebody at a terminal: runs a program in a real pseudo terminal, waits for what it writes, types.
struct Typist {
    /// What to wait for, and what to type then. `kill` ends the program with SIGKILL instead.
    struct Turn {
        var waitFor: String
        var type: String
        static let kill = "\u{0}kill"
    }

    /// Python's own `pty`, so that nothing needs to be installed.
    private static let script = #"""
        import json, os, pty, select, signal, struct, fcntl, termios, sys, time
        turns, command, columns = json.loads(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
        pid, fd = pty.fork()
        if pid == 0:
            os.environ["TERM"] = "xterm"
            os.execv(command[0], command)
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        seen, place, deadline = "", 0, time.time() + 240
        def read():
            global seen
            ready, _, _ = select.select([fd], [], [], 0.2)
            if not ready: return True
            try: data = os.read(fd, 65536)
            except OSError: return False
            if not data: return False
            seen += data.decode("utf-8", "replace")
            return True
        alive = True
        for turn in turns:
            while alive and turn["waitFor"] not in seen[place:]:
                if time.time() > deadline:
                    sys.stderr.write("waited in vain for " + turn["waitFor"] + "\n"); os.kill(pid, signal.SIGKILL); alive = False
                else: alive = read()
            if not alive: break
            place = seen.index(turn["waitFor"], place) + len(turn["waitFor"])
            if turn["type"] == "\0kill":
                time.sleep(0.3); os.kill(pid, signal.SIGKILL); break
            os.write(fd, (turn["type"] + "\n").encode())
        while alive and time.time() < deadline: alive = read()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(seen)
        sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
        """#

    static func run(
        _ program: SkerryProgram,
        _ arguments: [String],
        columns: Int = 90,
        environment: [String: String] = [:],
        isolation: isolated (any Actor)? = #isolation,
        _ turns: [Turn]
    ) async throws -> FinishedProcess {
        let script = turns.map { ["waitFor": $0.waitFor, "type": $0.type] }
        let encoded = String(decoding: try JSONSerialization.data(withJSONObject: script), as: UTF8.self)
        let command = String(
            decoding: try JSONSerialization.data(withJSONObject: [BuiltProducts.skerry] + arguments),
            as: UTF8.self
        )
        return try await runPython(
            ["-c", Self.script, encoded, command, String(columns)],
            environment: program.variables.merging(environment.mapValues(Optional.some)) { $1 }
        )
    }
}
