/// The exit codes of every command; the same with `--format json`.
public enum SkerryExit: Int32, Sendable, Hashable, CaseIterable {
    case ok = 0
    /// Refused or failed, with a message.
    case failed = 1
    /// Unknown command or option.
    case usage = 2
    case instanceMissing = 3
    case instanceAmbiguous = 4
    /// Registered, but its configuration cannot be read.
    case instanceBroken = 5
    case permission = 6
    /// A command for several instances succeeded for some; the JSON body says for which.
    case partialSuccess = 7
    case timedOut = 8
    /// A secret or a trust problem.
    case secret = 42
    /// A defect of skerry.
    case `internal` = 100

    /// For the help of the programs.
    static let help = """
        Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 no such instance; 4 which instance is unclear; \
        5 the instance is broken; 6 permission; 7 done for some instances only; 8 timed out; 42 secret or trust \
        problem; 100 defect of skerry.
        """
}
