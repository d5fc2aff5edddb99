import Foundation
import Store
import Testing

@Suite struct DriverTests {
    private static let history = Migrations([
        Migration(1, "first", ["CREATE TABLE t (k {key} PRIMARY KEY, n BIGINT, b {blob}) {clustered}"]),
        Migration(2, "second", ["ALTER TABLE t ADD COLUMN note TEXT", "CREATE INDEX t_by_n ON t (n)"]),
    ])

    private func withDriver(_ engine: Engine, _ body: (any SQLDriver) async throws -> Void) async throws {
        try await withFolder { folder in
            let driver = try engine.open(folder + "/state.db")
            try await body(driver)
            try await driver.close()
        }
    }

    @Test("a driver serves a small database of its own, value by value", arguments: Engine.allCases)
    func values(engine: Engine) async throws {
        try await withDriver(engine) { driver in
            #expect(try await Self.history.run(on: driver) == 2)
            let rows: [[SQLValue]] = [
                [.text(""), .int(Int.min), .blob([]), .null],
                [.text("a'; --"), .int(Int.max), .blob([0, 255]), .text("ö")],
                [.utf8(Array("ü".utf8)), .null, .null, .utf8([])],
            ]
            try await driver.write { connection in
                for row in rows { try connection.execute("INSERT INTO t VALUES ($1, $2, $3, $4)", row) }
            }
            let read = try await driver.read { connection in
                try connection.all("SELECT k, n, b, note FROM t ORDER BY k", []) { row in
                    [
                        .text(row.text(0)), row.optionalInt(1).map(SQLValue.int) ?? .null,
                        row.isNull(2) ? .null : .blob(row.bytes(2)), .optionalText(row.optionalText(3)),
                    ] as [SQLValue]
                }
            }
            #expect(read == [rows[0], rows[1], [.text("ü"), .null, .null, .text("")]])
        }
    }

    @Test("a wrong number of values is refused", arguments: Engine.allCases)
    func argumentCount(engine: Engine) async throws {
        try await withDriver(engine) { driver in
            try await Self.history.run(on: driver)
            await #expect(throws: SQLError.self) {
                try await driver.write { try $0.execute("INSERT INTO t (k, n) VALUES ($1, $2)", [.text("a")]) }
            }
        }
    }

    @Test(
        "a broken rule of the schema is told apart from other failures, without the values",
        arguments: Engine.allCases
    )
    func constraint(engine: Engine) async throws {
        try await withDriver(engine) { driver in
            try await Self.history.run(on: driver)
            let error = await #expect(throws: SQLError.self) {
                try await driver.write { connection in
                    for _ in 1...2 { try connection.execute("INSERT INTO t (k) VALUES ($1)", [.text("geheim")]) }
                }
            }
            #expect(error?.code == .constraint)
            #expect(error?.description.contains("geheim") == false)
            #expect(try await driver.read { try $0.all("SELECT k FROM t", []) { $0.text(0) } }.isEmpty)
        }
    }

    @Test("a read cannot write", arguments: Engine.allCases, [ReadLength.short, .long])
    func readOnly(engine: Engine, length: ReadLength) async throws {
        try await withDriver(engine) { driver in
            try await Self.history.run(on: driver)
            let error = await #expect(throws: SQLError.self) {
                try await driver.read(length) { try $0.execute("INSERT INTO t (k) VALUES ('a')") }
            }
            #expect(error?.code == .access)
        }
    }

    @Test("more reads at once than connections all get their turn", arguments: Engine.allCases)
    func manyReads(engine: Engine) async throws {
        try await withDriver(engine) { driver in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 1...100 {
                    group.addTask {
                        try await driver.read(number % 2 == 0 ? .short : .long) { connection in
                            try connection.first("SELECT $1 + 0", [.int(number)]) { $0.int(0) } ?? 0
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 5050)
        }
    }

    @Test("a closed driver says so", arguments: Engine.allCases)
    func closed(engine: Engine) async throws {
        try await withFolder { folder in
            let driver = try engine.open(folder + "/state.db")
            try await driver.close()
            for length in [ReadLength.short, .long] {
                let error = await #expect(throws: SQLError.self) {
                    try await driver.read(length) { try $0.execute("SELECT 1") }
                }
                #expect(error?.code == .closed)
            }
            let error = await #expect(throws: SQLError.self) { try await driver.write { try $0.execute("SELECT 1") } }
            #expect(error?.code == .closed)
        }
    }

    @Test("migrations run once, in order, and keep the data", arguments: Engine.allCases)
    func migrations(engine: Engine) async throws {
        try await withDriver(engine) { driver in
            try await Migrations([Self.history.steps[0]]).run(on: driver)
            try await driver.write { try $0.execute("INSERT INTO t (k) VALUES ('kept')") }
            try await Self.history.run(on: driver)
            try await Self.history.run(on: driver)
            #expect(
                try await driver.read { try $0.all("SELECT k FROM t WHERE note IS NULL", []) { $0.text(0) } } == [
                    "kept"
                ]
            )
        }
    }

    @Test("a failing migration leaves the schema as it was", arguments: Engine.allCases)
    func failingMigration(engine: Engine) async throws {
        try await withDriver(engine) { driver in
            let broken = Migrations([
                Self.history.steps[0], Migration(2, "broken", ["CREATE TABLE u (k TEXT)", "CREATE NONSENSE"]),
            ])
            await #expect(throws: SQLError.self) { try await broken.run(on: driver) }
            let number = try await Self.history.run(on: driver)
            #expect(number == 2)
        }
    }

    @Test("a newer schema and another history are refused with what to do", arguments: Engine.allCases)
    func refusedSchemas(engine: Engine) async throws {
        try await withDriver(engine) { driver in
            try await Self.history.run(on: driver)
            let older = Migrations([Self.history.steps[0]])
            let newer = await #expect(throws: MigrationError.newerSchema(found: 2, known: 1)) {
                try await older.run(on: driver)
            }
            #expect(newer?.description.contains("Run the newer Skerry") == true)
            let other = Migrations([Migration(1, "something else", []), Migration(2, "second", [])])
            await #expect(
                throws: MigrationError.otherHistory(number: 1, found: "first", expected: "something else")
            ) { try await other.run(on: driver) }
            await #expect(throws: MigrationError.badNumbering(expected: 1, found: 2)) {
                try await Migrations([Self.history.steps[1]]).run(on: driver)
            }
        }
    }

    @Test("a store of a newer Skerry is not opened", arguments: Engine.allCases)
    func newerStore(engine: Engine) async throws {
        try await withFolder { folder in
            try await openStore(engine, folder + "/store.db").close()
            let driver = try engine.open(folder + "/store.db")
            try await driver.write { try $0.execute("INSERT INTO migrations (number, name) VALUES (99, 'future')") }
            try await driver.close()
            await #expect(throws: MigrationError.self) { try await openStore(engine, folder + "/store.db") }
        }
    }
}

@Suite struct SQLiteFileTests {
    @Test("the file is made readable for its owner only")
    func permissions() async throws {
        try await withFolder { folder in
            let store = try await openStore(.sqlite, folder + "/store.db")
            for file in ["store.db", "store.db-wal"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + file)
                #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            }
            try await store.close()
        }
    }

    @Test("a folder that is not there, and a file that is no database, are told apart")
    func badFiles() async throws {
        try await withFolder { folder in
            let missing = #expect(throws: SQLError.self) { try SQLiteDriver.open(path: folder + "/no/store.db") }
            #expect(missing?.code == .access)
            let path = folder + "/text.db"
            try Data("This is no database, however long one looks at it. ".utf8).write(to: URL(fileURLWithPath: path))
            let nonsense = #expect(throws: SQLError.self) { try SQLiteDriver.open(path: path) }
            #expect(nonsense?.code == .corrupt)
        }
    }

    @Test("after SQLite has ended a transaction, nothing is committed on its own")
    func endedTransaction() async throws {
        try await withFolder { folder in
            let driver = try SQLiteDriver.open(path: folder + "/store.db")
            try await Migrations([Migration(1, "t", ["CREATE TABLE t (k TEXT)"])]).run(on: driver)
            let error = await #expect(throws: SQLError.self) {
                try await driver.write { connection in
                    try connection.execute("INSERT INTO t VALUES ('a')")
                    // What SQLite does by itself when, for example, the disk is full.
                    try connection.execute("ROLLBACK")
                    try connection.execute("INSERT INTO t VALUES ('b')")
                }
            }
            #expect(error?.code == .interrupted)
            #expect(try await driver.read { try $0.all("SELECT k FROM t", []) { $0.text(0) } }.isEmpty)
            try await driver.close()
        }
    }

    @Test("a lock of another process that lasts too long is told as busy")
    func busy() async throws {
        try await withFolder { folder in
            let one = try SQLiteDriver.open(path: folder + "/store.db")
            let two = try SQLiteDriver.open(path: folder + "/store.db", busyTimeout: 0.05)
            try await Migrations([Migration(1, "t", ["CREATE TABLE t (k TEXT)"])]).run(on: one)
            let (held, hold) = AsyncStream.makeStream(of: Void.self)
            let gate = DispatchSemaphore(value: 0)
            async let writing: Void = one.write { connection in
                try connection.execute("INSERT INTO t VALUES ('a')")
                hold.finish()
                gate.wait()
            }
            for await _ in held {}
            let error = await #expect(throws: SQLError.self) {
                try await two.write { try $0.execute("INSERT INTO t VALUES ('b')") }
            }
            gate.signal()
            try await writing
            #expect(error?.code == .busy)
            try await two.write { try $0.execute("INSERT INTO t VALUES ('c')") }
            #expect(try await one.read { try $0.all("SELECT k FROM t ORDER BY k", []) { $0.text(0) } } == ["a", "c"])
            try await one.close()
            try await two.close()
        }
    }
}
