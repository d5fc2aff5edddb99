import Catalog
import Foundation
import TestSupport
import Testing

@testable import Instances

@Suite("Scheduled backups") struct ScheduleTests {
    @Test("I-34: the supervisor backs up all instances at the time, makes up for a missed one, and passes over none")
    func supervisor() async throws {
        try await withMachine { machine in
            for name in ["one", "two"] { try await machine.create(name) }
            let passphrase = "\(machine.root)/passphrase"
            try Data("a passphrase for tests\n".utf8).write(to: URL(filePath: passphrase))
            let schedule = [
                "schedule-backups", "--to", machine.backups, "--passphrase-file", passphrase, "--at", "03:00",
            ]
            let dry = try await machine.skerry.run(schedule + ["--dry-run"])
            #expect(dry.exitCode == 0)
            #expect(try await machine.succeed("schedule-backups").standardOutput.contains("No backups are scheduled"))
            let set = try await machine.skerry.run(schedule)
            #expect(set.exitCode == 0 && set.standardOutput.contains("by the supervisor"), "\(set.standardError)")
            #expect(try await machine.succeed("schedule-backups").standardOutput.contains("at 03:00"))
            // The machine was off for two days.
            let begun = "\(machine.root)/var/lib/skerry/server-backup-begun"
            let past = Date.now.addingTimeInterval(-2 * 86_400).formatted(.iso8601)
            try Data(past.utf8).write(to: URL(filePath: begun))
            try await machine.skerry.supervise { _ in
                try await wait(for: "two verified backups", limit: .seconds(120)) {
                    try await machine.skerry.run("list-backups").exitCode == 0
                }
            }
            #expect(machine.files().count == 2)
            try await machine.succeed("schedule-backups", "--off")
            #expect(try await machine.succeed("schedule-backups").standardOutput.contains("No backups are scheduled"))
        }
    }

    @Test("a schedule that cannot work is refused when it is set")
    func refused() async throws {
        try await withMachine { machine in
            let to = ["schedule-backups", "--to", machine.backups]
            let open = try await machine.skerry.run(to)
            #expect(open.exitCode == 2)
            #expect(try await machine.skerry.run(to + ["--passphrase-file", "/nowhere"]).exitCode == 1)
            #expect(try await machine.skerry.run(to + ["--without-key", "--at", "25:00"]).exitCode == 2)
            #expect(try await machine.skerry.run(to + ["--without-key", "--keep", "0"]).exitCode == 2)
        }
    }

    @Test("it is due once a day, at its time, also when the time was missed")
    func due() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "Europe/Berlin"))
        let at = try #require(BackupSchedule.Time("02:30"))
        let schedule = BackupSchedule(at: at, directory: "/b", passphraseFile: nil, keep: 3)
        func date(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }
        let last = try date("2026-03-27T01:30:05Z")
        #expect(!schedule.isDue(last: last, now: try date("2026-03-27T20:00:00Z"), calendar: calendar))
        #expect(!schedule.isDue(last: last, now: try date("2026-03-28T01:29:00Z"), calendar: calendar))
        #expect(schedule.isDue(last: last, now: try date("2026-03-28T01:30:00Z"), calendar: calendar))
        #expect(schedule.isDue(last: last, now: try date("2026-04-11T12:00:00Z"), calendar: calendar))
        // The night in which the clock skips 02:30.
        let before = try date("2026-03-28T01:30:05Z")
        #expect(schedule.isDue(last: before, now: try date("2026-03-29T02:00:00Z"), calendar: calendar))
        for bad in ["24:00", "2", "2:3", "a:b", "-1:00", "02:60", ""] { #expect(BackupSchedule.Time(bad) == nil) }
    }

    @Test("the units of the timer: every day, made up for, with words quoted")
    func units() {
        let schedule = BackupSchedule(
            at: BackupSchedule.Time("2:05")!,
            directory: "/var/backups/my 100%",
            passphraseFile: "/root/pass",
            keep: 14
        )
        let units = BackupUnits(
            kind: .agent,
            schedule: schedule,
            program: "/opt/skerry/current/bin/skerry-agent",
            root: nil
        )
        #expect(units.timer.contains("OnCalendar=*-*-* 02:05:00\nPersistent=true"))
        let command =
            "ExecStart=/opt/skerry/current/bin/skerry-agent backup --all --to \"/var/backups/my 100%%\" --keep 14 "
        #expect(units.service.contains(command + "--passphrase-file /root/pass\n"))
        #expect(BackupUnits.name(.agent) == "skerry-agent-backup")
    }
}
