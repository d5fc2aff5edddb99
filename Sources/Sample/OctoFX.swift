/// The sample company: OctoFX trades currencies, and keeps a Dev/Test server where developers change everything apart
/// from a Staging/Production server that is locked.
///
/// Documents as the API takes them, with names in the place of ids: what a field refers to, the catalog knows. A
/// channel or a runbook of a project is written `Project / Name`. Secrets are made up.
public enum OctoFX {
    /// What the source server holds in the first week.
    public static let firstWeek = """
        environments:
          - {Name: Development, Description: Changed at any time, AllowDynamicInfrastructure: true}
          - {Name: Test, Description: Where QA works, UseGuidedFailure: true}
          - {Name: Staging, Description: The rehearsal}
          - {Name: Production, Description: Where money moves, UseGuidedFailure: true}

        projectgroups:
          - {Name: Trading, Description: Everything that customers see}
          - {Name: Market data, Description: Rates and their history}
          - {Name: Operations, Description: What keeps the rest alive}

        tagsets:
          - Name: Region
            Description: Where a customer trades
            Tags:
              - {Name: Europe, Color: "#1F6FEB", Description: ""}
              - {Name: Asia Pacific, Color: "#2DA44E", Description: ""}
              - {Name: Americas, Color: "#BF8700", Description: ""}
          - Name: Release ring
            Description: Who gets a release first
            Tags:
              - {Name: Early, Color: "#8250DF", Description: ""}
              - {Name: General, Color: "#57606A", Description: ""}

        lifecycles:
          - Name: Trading pipeline
            Description: Through every environment, one after the other
            Phases:
              - {Name: Development, OptionalDeploymentTargets: [Development]}
              - {Name: Test, OptionalDeploymentTargets: [Test], MinimumEnvironmentsBeforePromotion: 1}
              - {Name: Staging, OptionalDeploymentTargets: [Staging], MinimumEnvironmentsBeforePromotion: 1}
              - {Name: Production, OptionalDeploymentTargets: [Production]}
            ReleaseRetentionPolicy: {Strategy: Count, Unit: Days, QuantityToKeep: 30, ShouldKeepForever: false}
          - Name: Hotfix
            Description: Rehearsed once, then out
            Phases:
              - {Name: Staging, OptionalDeploymentTargets: [Staging]}
              - {Name: Production, OptionalDeploymentTargets: [Production]}
          - Name: Development only
            Description: Never leaves the developers
            Phases:
              - {Name: Development, OptionalDeploymentTargets: [Development]}

        workerpools:
          - {Name: Frankfurt workers, WorkerPoolType: StaticWorkerPool, Description: Near the exchange}
          - {Name: Sydney workers, WorkerPoolType: StaticWorkerPool, Description: For the night shift}

        machinepolicies:
          - {Name: Trading floor, Description: Machines that are checked every hour}

        feeds:
          - {Name: OctoFX packages, FeedType: NuGet, FeedUri: "https://packages.octofx.example/v3/index.json", EnhancedMode: true, Username: builder, Password: {HasValue: true, NewValue: feed-secret}}
          - {Name: OctoFX images, FeedType: Docker, FeedUri: "https://registry.octofx.example", ApiVersion: v2}
          - {Name: Charts, FeedType: Helm, FeedUri: "https://charts.octofx.example"}

        accounts:
          - {Name: OctoFX cloud, AccountType: AmazonWebServicesAccount, AccessKey: AKIAOCTOFXSAMPLE, SecretKey: {HasValue: true, NewValue: cloud-secret}, Description: Runs the rate service}
          - {Name: Deploy user, AccountType: UsernamePassword, Username: deployer, Password: {HasValue: true, NewValue: deploy-secret}}
          - {Name: Developers token, AccountType: Token, Token: {HasValue: true, NewValue: token-secret}, EnvironmentIds: [Development]}

        git-credentials:
          - {Name: OctoFX repositories, Description: Reads the configuration repository, Details: {Type: UsernamePassword, Username: octofx-reader, Password: {HasValue: true, NewValue: git-secret}}}

        teams:
          - {Name: Quality assurance, Description: Signs releases off}
          - {Name: Trading desk, Description: Is told before money moves}

        actiontemplates:
          - Name: Warm up a site
            Description: Calls a page until it answers
            ActionType: Octopus.Script
            Properties:
              Octopus.Action.Script.ScriptSource: Inline
              Octopus.Action.Script.Syntax: Bash
              Octopus.Action.RunOnServer: "false"
              Octopus.Action.Script.ScriptBody: |
                address=$(get_octopusvariable "Warmup.Address")
                curl --silent --show-error --fail --retry 10 "$address" >/dev/null
            Parameters:
              - {Name: Warmup.Address, Label: Address, HelpText: The page to call, DefaultValue: "https://localhost/", DisplaySettings: {Octopus.ControlType: SingleLineText}}
              - {Name: Warmup.Account, Label: Account, HelpText: Who calls it, DefaultValue: "", DisplaySettings: {Octopus.ControlType: UsernamePasswordAccount}}
          - Name: Tell the trading desk
            Description: Posts a line to the desk's channel
            ActionType: Octopus.Script
            Properties:
              Octopus.Action.Script.ScriptSource: Inline
              Octopus.Action.Script.Syntax: PowerShell
              Octopus.Action.RunOnServer: "true"
              Octopus.Action.Script.ScriptBody: |
                Invoke-RestMethod -Method Post -Uri $OctopusParameters["Desk.Hook"] -Body $OctopusParameters["Desk.Message"]
            Parameters:
              - {Name: Desk.Message, Label: Message, HelpText: "", DefaultValue: "#{Octopus.Project.Name} #{Octopus.Release.Number} is on its way", DisplaySettings: {Octopus.ControlType: MultiLineText}}
              - {Name: Desk.Hook, Label: Hook, HelpText: "", DefaultValue: "", DisplaySettings: {Octopus.ControlType: Sensitive}}

        libraryvariablesets:
          - Name: Company
            Description: What every project needs
            ContentType: Variables
            Templates:
              - {Name: Customer.Code, Label: Customer code, HelpText: Three letters, DefaultValue: "", DisplaySettings: {Octopus.ControlType: SingleLineText}}
            Variables:
              - {Name: Company.Name, Value: OctoFX}
              - {Name: Company.SupportMail, Value: support@octofx.example}
              - {Name: Logging.Level, Value: Debug, Scope: {Environment: [Development, Test]}}
              - {Name: Logging.Level, Value: Warning, Scope: {Environment: [Staging, Production]}}
          - Name: Desk notifications
            Description: How the trading desk is told
            ContentType: Variables
            Variables:
              - {Name: Desk.Channel, Value: trading-floor}
              - {Name: Desk.Hook, Value: hook-secret, Type: Sensitive}
          - Name: Health checks
            Description: Functions that scripts share
            ContentType: ScriptModule
            Variables:
              - {Name: "Octopus.Script.Module[Health checks]", Value: "check_health() { curl --silent --fail \\"$1/health\\"; }"}
              - {Name: "Octopus.Script.Module.Language[Health checks]", Value: Bash}

        projects:
          - Name: Trading website
            Description: Where customers buy and sell
            ProjectGroupId: Trading
            LifecycleId: Trading pipeline
            IncludedLibraryVariableSetIds: [Company, Desk notifications, Health checks]
            TenantedDeploymentMode: TenantedOrUntenanted
            Templates:
              - {Name: Customer.Host, Label: Host name, HelpText: "", DefaultValue: "", DisplaySettings: {Octopus.ControlType: SingleLineText}}
              - {Name: Customer.Password, Label: Password, HelpText: "", DefaultValue: {HasValue: false, NewValue: null}, DisplaySettings: {Octopus.ControlType: Sensitive}}
            Channels:
              - {Name: Hotfix, Description: Straight to the rehearsal, LifecycleId: Hotfix}
              - {Name: Dev only, Description: Branches that go nowhere, LifecycleId: Development only}
            Steps:
              - Name: Temporary database
                Actions:
                  - Name: Temporary database
                    ActionType: Octopus.Script
                    Channels: [Trading website / Dev only]
                    WorkerPoolId: Frankfurt workers
                    Properties: {Octopus.Action.RunOnServer: "true", Octopus.Action.Script.ScriptSource: Inline, Octopus.Action.Script.Syntax: Bash, Octopus.Action.Script.ScriptBody: "createdb octofx_branch"}
              - Name: QA sign-off
                Actions:
                  - Name: QA sign-off
                    ActionType: Octopus.Manual
                    Environments: [Test]
                    Properties: {Octopus.Action.RunOnServer: "true", Octopus.Action.Manual.Instructions: Look at the release before the integration tests start., Octopus.Action.Manual.ResponsibleTeamIds: Quality assurance}
              - Name: Deploy the website
                Properties: {Octopus.Action.TargetRoles: octofx-web, Octopus.Action.MaxParallelism: "1"}
                Actions:
                  - Name: Deploy the website
                    ActionType: Octopus.TentaclePackage
                    Packages:
                      - {Name: "", PackageId: OctoFX.TradingWebsite, FeedId: OctoFX packages, AcquisitionLocation: Server, Properties: {SelectionMode: immediate}}
                    Properties: {Octopus.Action.Package.PackageId: OctoFX.TradingWebsite, Octopus.Action.Package.FeedId: OctoFX packages, Octopus.Action.Package.DownloadOnTentacle: "False", Octopus.Action.EnabledFeatures: "Octopus.Features.JsonConfigurationVariables"}
              - Name: Warm up
                Properties: {Octopus.Action.TargetRoles: octofx-web}
                Actions:
                  - Name: Warm up
                    ActionType: Octopus.Script
                    Environments: [Test, Staging, Production]
                    Properties: {Octopus.Action.Template.Id: Warm up a site, Octopus.Action.Template.Version: "0", Octopus.Action.RunOnServer: "false", Octopus.Action.Script.ScriptSource: Inline, Octopus.Action.Script.Syntax: Bash, Octopus.Action.Script.ScriptBody: "curl --silent --fail --retry 10 \\"$(get_octopusvariable Warmup.Address)\\" >/dev/null", Warmup.Address: "https://#{Website.Host}/", Warmup.Account: Deploy user}
            Runbooks:
              - Name: Restart the website
                Description: Recycles the pools one machine at a time
                EnvironmentScope: Specified
                Environments: [Test, Staging, Production]
                Steps:
                  - Name: Recycle
                    Properties: {Octopus.Action.TargetRoles: octofx-web}
                    Actions:
                      - {Name: Recycle, ActionType: Octopus.Script, Properties: {Octopus.Action.RunOnServer: "false", Octopus.Action.Script.ScriptSource: Inline, Octopus.Action.Script.Syntax: Bash, Octopus.Action.Script.ScriptBody: "systemctl restart octofx-web"}}
            Variables:
              - {Name: Application.Database.Name, Value: OctoFx-Dev, Scope: {Environment: [Development]}}
              - {Name: Application.Database.Name, Value: OctoFX-Test, Scope: {Environment: [Test]}}
              - {Name: ConnectionString, Value: "Database=#{Application.Database.Name}"}
              - {Name: Website.Host, Value: dev.octofx.example, Scope: {Environment: [Development]}}
              - {Name: Website.Host, Value: staging.octofx.example, Scope: {Environment: [Staging]}}
              - {Name: Website.Host, Value: www.octofx.example, Scope: {Environment: [Production]}}
              - {Name: Website.Theme, Value: midnight, Scope: {Role: [octofx-web]}}
              - {Name: Database.Password, Value: database-secret, Type: Sensitive}
              - {Name: Deploy.Account, Value: Deploy user, Type: UsernamePasswordAccount}
              - {Name: Deploy.Pool, Value: Frankfurt workers, Type: WorkerPool}

          - Name: Rate service
            Description: Fetches rates and keeps their history
            ProjectGroupId: Market data
            LifecycleId: Trading pipeline
            IncludedLibraryVariableSetIds: [Company]
            Steps:
              - Name: Deploy the service
                Actions:
                  - Name: Deploy the service
                    ActionType: Octopus.KubernetesDeployRawYaml
                    Container: {Image: octofx/tools, FeedId: OctoFX images}
                    WorkerPoolId: Sydney workers
                    Properties: {Octopus.Action.RunOnServer: "true", Octopus.Action.Script.ScriptSource: Inline, Octopus.Action.KubernetesContainers.CustomResourceYaml: "kind: Deployment"}
              - Name: Smoke test
                Condition: Success
                Actions:
                  - {Name: Smoke test, ActionType: Octopus.Script, Environments: [Development, Test, Staging], Properties: {Octopus.Action.RunOnServer: "true", Octopus.Action.Script.ScriptSource: Inline, Octopus.Action.Script.Syntax: Bash, Octopus.Action.Script.ScriptBody: "check_health \\"#{Rates.Url}\\""}}
            Runbooks:
              - Name: Reload history
                Description: Reads the last ten years again
                Steps:
                  - Name: Reload
                    Actions:
                      - {Name: Reload, ActionType: Octopus.AwsRunScript, Properties: {Octopus.Action.RunOnServer: "true", Octopus.Action.AwsAccount.Variable: Cloud.Account, Octopus.Action.Script.ScriptSource: Inline, Octopus.Action.Script.Syntax: Bash, Octopus.Action.Script.ScriptBody: "aws s3 sync \\"#{History.Bucket}\\" history/"}}
            Variables:
              - {Name: Rates.Url, Value: "https://rates.octofx.example"}
              - {Name: History.Bucket, Value: "s3://octofx-history-test", Scope: {Environment: [Development, Test]}}
              - {Name: History.Bucket, Value: "s3://octofx-history", Scope: {Environment: [Staging, Production]}}
              - {Name: Cloud.Account, Value: OctoFX cloud, Type: AmazonWebServicesAccount}

          - Name: Database
            Description: Schema and reference data
            ProjectGroupId: Operations
            LifecycleId: Trading pipeline
            IncludedLibraryVariableSetIds: [Company]
            Steps:
              - Name: Migrate
                Actions:
                  - {Name: Migrate, ActionType: Octopus.Script, WorkerPoolId: Frankfurt workers, Properties: {Octopus.Action.RunOnServer: "true", Octopus.Action.Script.ScriptSource: Inline, Octopus.Action.Script.Syntax: Bash, Octopus.Action.Script.ScriptBody: "psql --file migrate.sql"}}
            Variables:
              - {Name: Feature.Archive, Value: "true", Scope: {Environment: [Development]}}
              - {Name: Feature.Archive, Value: "true", Scope: {Environment: [Test]}}
              - {Name: Feature.Archive, Value: "false"}
              - {Name: Migration.Timeout, Value: "600"}

        tenants:
          - Name: Harbour Bank
            Description: In every environment
            TenantTags: [Region/Europe, Release ring/Early]
            ProjectEnvironments: {Trading website: [Development, Test, Staging, Production]}
            Values:
              Company: {Customer.Code: HBK}
              Trading website: {Customer.Host: {Staging: harbour-staging.example, Production: harbour.example}}
          - Name: Reef Traders
            Description: A paying customer
            TenantTags: [Region/Asia Pacific, Release ring/General]
            ProjectEnvironments: {Trading website: [Staging, Production]}
            Values:
              Company: {Customer.Code: RFT}
          - Name: Sandbox
            Description: For the developers alone
            TenantTags: [Region/Americas]
            ProjectEnvironments: {Trading website: [Development, Test]}
        """

    /// What developers change afterwards: the variables of the trading website as in the guide's recurring example,
    /// and a new step.
    public static let secondWeek = """
        projects:
          - Name: Trading website
            Description: Where customers buy, sell and sleep well
            AddSteps:
              - Name: Tell the desk
                Actions:
                  - {Name: Tell the desk, ActionType: Octopus.Script, Properties: {Octopus.Action.Template.Id: Tell the trading desk, Octopus.Action.Template.Version: "0", Octopus.Action.RunOnServer: "true", Octopus.Action.Script.ScriptSource: Inline, Octopus.Action.Script.Syntax: PowerShell, Octopus.Action.Script.ScriptBody: "Write-Host told", Desk.Message: "#{Octopus.Project.Name} is live"}}
            ReplaceVariables:
              - {Name: Application.Database.Name, Value: "OctoFx-#{Octopus.Environment.Name}"}
              - {Name: ConnectionString, Value: "Database=#{Application.Database.Name}", Scope: {Role: [SQL-Server]}}
              - {Name: ConnectionString, Value: "Data Source=#{Application.Database.Name}", Scope: {Role: [Oracle]}}
        """
}
