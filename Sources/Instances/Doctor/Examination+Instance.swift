import CoreFoundation
import Foundation

extension Examination {
    func instance(_ record: InstanceRecord) async -> [Finding] {
        var findings = account(record) + home(record) + keys(record)
        do throws(InstanceError) {
            let settings = try registry.settings(of: record)
            findings += ports(record, settings) + certificates(record, settings)
            if case .server(let server) = settings { findings += await database(record, server.databasePath) }
        } catch {
            findings.append(configuration(record, error))
        }
        return findings + (await service(record))
    }

    private func finding(_ fault: Fault, _ record: InstanceRecord, _ message: String, _ advice: String) -> Finding {
        Finding(fault: fault, instance: record.name, message: message, advice: advice)
    }

    private func configuration(_ record: InstanceRecord, _ error: InstanceError) -> Finding {
        let isThere = DurableFile.exists(record.configurationFile)
        let message = if case .broken(_, let path, let reason) = error { "\(path) \(reason)" } else { "\(error)" }
        return finding(
            isThere ? .configurationInvalid : .configurationMissing,
            record,
            "Its configuration: \(message)",
            "Put the file back from a backup, or make a new one: \(program) repair-instance --instance \(record.slug)"
        )
    }

    private func account(_ record: InstanceRecord) -> [Finding] {
        do throws(InstanceError) {
            try AccountAccess(registry: registry, record: record).check()
            return []
        } catch .unknownUser(let user) {
            let advice = "Choose another: \(program) service --user ACCOUNT --fix --instance \(record.slug)"
            return [finding(.accountMissing, record, "It runs as \(user), and there is no such account", advice)]
        } catch {
            let advice = "Give the files to the account: \(program) service --fix --instance \(record.slug)"
            return [finding(.ownerWrong, record, "\(error)", advice)]
        }
    }

    private func home(_ record: InstanceRecord) -> [Finding] {
        var status = stat()
        guard stat(record.home, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            let advice =
                "Mount or restore it, or make an empty one: \(program) repair-instance --instance \(record.slug)"
            return [finding(.homeMissing, record, "Its home \(record.home) is not there", advice)]
        }
        var findings: [Finding] = []
        if status.st_mode & 0o007 != 0 {
            let advice = "Close it: chmod o-rwx \(quoted(record.home))"
            findings.append(finding(.homeOpen, record, "Its home \(record.home) is open to all users", advice))
        }
        var disk = statvfs()
        if statvfs(record.home, &disk) == 0 {
            let free = UInt64(disk.f_bavail) * UInt64(disk.f_frsize)
            if free < UInt64(leastFreeBytes) {
                findings.append(
                    finding(
                        .diskFull,
                        record,
                        "The disk of its home \(record.home) has \(free >> 20) MiB left",
                        "Make room, or move the instance: \(program) configure --home DIR --instance \(record.slug)"
                    )
                )
            }
        }
        return findings
    }

    private func keys(_ record: InstanceRecord) -> [Finding] {
        let file =
            switch kind {
            case .server: paths.masterKeyFile(kind, record.slug)
            case .agent: AgentIdentityFile(paths: paths, slug: record.slug).path
            }
        guard DurableFile.exists(file) else {
            let advice =
                kind == .server
                ? "Put it back from where it was saved; without it the secrets in the database cannot be read"
                : "Put it back from a backup, or make a new identity: \(program) new-certificate --instance \(record.slug)"
            return [finding(.keyMissing, record, "Its key \(file) is not there", advice)]
        }
        var status = stat()
        if stat(file, &status) == 0, status.st_mode & 0o077 != 0 {
            return [finding(.keyOpen, record, "Other users may read \(file)", "Close it: chmod 600 \(quoted(file))")]
        }
        do throws(InstanceError) {
            switch kind {
            case .server: _ = try InstanceSecrets(paths: paths, kind: kind, slug: record.slug).masterKey()
            case .agent: _ = try AgentIdentityFile(paths: paths, slug: record.slug).read()
            }
            return []
        } catch {
            let advice = "Put it back from where it was saved, as the account \(record.user)"
            return [finding(.keyUnusable, record, "\(error)", advice)]
        }
    }

    private func ports(_ record: InstanceRecord, _ settings: InstanceSettings) -> [Finding] {
        let shared = (try? registry.sharedPrefixes(of: record)) ?? []
        let own = settings.addresses.filter { !shared.contains($0) }
        var findings: [Finding] = []
        if !registry.isRunning(record.slug), let taken = own.first(where: LivePorts.isTaken) {
            let advice =
                "Stop the program that uses it (ss -ltnp), or choose another port: \(program) configure "
                + "--instance \(record.slug)"
            findings.append(finding(.portTaken, record, "Another program listens at \(taken)", advice))
        }
        let isRoot = record.user == "root"
        let hasUnit = manager is SystemdServices && (try? manager.isInstalled(record)) == true
        if let low = own.first(where: { (1..<1_024).contains($0.port) }), !isRoot, !hasUnit {
            findings.append(
                finding(
                    .portNeedsRights,
                    record,
                    "Port \(low.port) is below 1024, and \(record.user) may not listen on it",
                    "Let systemd start it, whose unit has the right: \(program) service --install --start --instance "
                        + record.slug
                )
            )
        }
        return findings
    }

    private func certificates(_ record: InstanceRecord, _ settings: InstanceSettings) -> [Finding] {
        switch settings {
        case .agent:
            guard let identity = try? AgentIdentityFile(paths: paths, slug: record.slug).read() else { return [] }
            let advice =
                "Make another, which every server has to learn: \(program) new-certificate --instance "
                + record.slug
            return validity(record, identity.notAfter, advice)
        case .server(let server):
            guard let tls = server.tls else { return [] }
            let advice = "Get a new one, and restart: \(program) service --restart --instance \(record.slug)"
            for file in [tls.certificateFile, tls.privateKeyFile] where access(file, R_OK) != 0 {
                return [finding(.certificateMissing, record, "\(file) is not there or cannot be read", advice)]
            }
            guard let end = CertificateFile.notAfter(tls.certificateFile) else {
                return [finding(.certificateMissing, record, "\(tls.certificateFile) holds no certificate", advice)]
            }
            return validity(record, end, advice)
        }
    }

    private func validity(_ record: InstanceRecord, _ end: Date, _ advice: String) -> [Finding] {
        let day = end.formatted(.iso8601.year().month().day())
        if end < now { return [finding(.certificateExpired, record, "Its certificate ended on \(day)", advice)] }
        guard end < now.addingTimeInterval(30 * 86_400) else { return [] }
        return [finding(.certificateExpires, record, "Its certificate ends on \(day)", advice)]
    }

    private func database(_ record: InstanceRecord, _ path: String) async -> [Finding] {
        guard DurableFile.exists(path) else { return [] }
        switch await database(path) {
        case .schema(let found) where found > newestSchema:
            return [
                finding(
                    .databaseNewer,
                    record,
                    "Its database has schema \(found); this program knows schemas up to \(newestSchema)",
                    "Use the newer program, or restore a backup from before the upgrade"
                )
            ]
        case .schema: return []
        case .damaged(let reason):
            let advice = "Restore a backup: \(program) restore"
            return [finding(.databaseDamaged, record, "Its database \(path) cannot be read: \(reason)", advice)]
        }
    }

    private func service(_ record: InstanceRecord) async -> [Finding] {
        var findings: [Finding] = []
        if let renaming = record.renaming {
            let advice =
                "Complete it: \(program) rename-instance --instance \(renaming.from) --new-name \(quoted(renaming.to))"
            let message = "Its rename to \"\(renaming.to)\" was cut off, and its service removed for it"
            findings.append(finding(.renameUnfinished, record, message, advice))
        }
        let state = registry.runState(record.slug)
        if !registry.isRunning(record.slug), let reason = await manager.failure(of: record) {
            let advice = "Mend that, then: \(program) service --start --instance \(record.slug)"
            findings.append(finding(.serviceFailed, record, "Its service was given up: \(reason)", advice))
        }
        if registry.isRunning(record.slug), state?.isReady != true, await isStillNotReady(record) {
            let advice = "See its log, and restart it: \(program) service --restart --instance \(record.slug)"
            findings.append(finding(.notAnswering, record, "Its process runs and does not answer", advice))
        }
        if let state, state.version != version {
            let advice = "Restart it: \(program) service --restart --instance \(record.slug)"
            let message = "It runs version \(state.version), and \(version) is installed"
            findings.append(finding(.oldProgram, record, message, advice))
        }
        if let systemd = manager as? SystemdServices, systemd.isOutdated(record) {
            let advice = "Renew it: \(program) service --reconfigure --instance \(record.slug)"
            findings.append(finding(.unitOutdated, record, "Its unit file is not what it would be now", advice))
        }
        return findings
    }

    /// A start takes a moment.
    private func isStillNotReady(_ record: InstanceRecord) async -> Bool {
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .seconds(3) {
            if !registry.isRunning(record.slug) || registry.runState(record.slug)?.isReady == true { return false }
            try? await Task.sleep(for: .milliseconds(50))
        }
        return true
    }
}
