/// What people read about work.
extension Jobs.Job {
    var word: String {
        switch state {
        case .running: "running"
        case .done: "done"
        case .failed: "failed"
        case .undone: "failed and taken back"
        case .stuck: "failed, not taken back"
        case .interrupted: "interrupted"
        }
    }

    var sentence: String {
        switch state {
        case .running: "Running…"
        case .done: "Done."
        case .failed: "Failed. Nothing after the failed command was run."
        case .undone: "Failed. \(record.plan.undone)"
        case .stuck: "Failed, and it could not be taken back: read below what has to be mended first."
        case .interrupted:
            "Interrupted: the process that did this was killed, or the machine was switched off. Each command can simply be "
                + "run again: it completes what was begun, or takes it back."
        }
    }
}
