"""Brings a server that fill.py has filled to a wanted number of runbooks and variable values, through its REST API."""
import concurrent.futures, http.client, json, threading


class Space:
    def __init__(self, port, key, jobs=4):
        self.port, self.key, self.jobs, self.local = port, key, jobs, threading.local()
        self.path = '/api/' + self.call('GET', '/api/spaces/all')[0]['Id']

    def call(self, method, path, body=None):
        connection = getattr(self.local, 'connection', None)
        if connection is None:
            connection = self.local.connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=120)
        headers = {'X-Octopus-ApiKey': self.key, 'Content-Type': 'application/json'}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 400: raise SystemExit(f'{method} {path}: {answer.status}\n{text[:2000]}')
        return json.loads(text)

    def get(self, path): return self.call('GET', self.path + path)
    def put(self, path, body): return self.call('PUT', self.path + path, body)
    def post(self, path, body): return self.call('POST', self.path + path, body)

    def each(self, items, work):
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool: return list(pool.map(work, items))


def top_up(port, key, runbooks, values):
    """Every project gets its share; what there is already counts."""
    space = Space(port, key)
    projects = space.get('/projects/all')
    environments = [one['Id'] for one in space.get('/environments/all')]
    have = {}
    for runbook in space.get('/runbooks/all'): have[runbook['ProjectId']] = have.get(runbook['ProjectId'], 0) + 1
    sets = space.each(projects, lambda project: space.get(f"/variables/{project['VariableSetId']}"))
    missing_values = max(0, values - sum(len(one['Variables']) for one in sets))
    missing_runbooks = max(0, runbooks - sum(have.values()))

    def share(total, number): return total // len(projects) + (number < total % len(projects))

    def fill(numbered):
        number, (project, variables) = numbered
        for index in range(share(missing_runbooks, number)): add_runbook(space, project, index)
        add = share(missing_values, number)
        if add:
            variables['Variables'] += [value(index, project, environments) for index in range(add)]
            space.put(f"/variables/{variables['Id']}", variables)

    space.each(enumerate(zip(projects, sets)), fill)
    return {'projects': len(projects), 'runbooks': sum(have.values()) + missing_runbooks,
            'values': sum(len(one['Variables']) for one in sets)}


def add_runbook(space, project, index):
    runbook = space.post('/runbooks', {
        'Name': f'Routine {index}', 'Description': 'For measuring', 'ProjectId': project['Id'], 'EnvironmentScope': 'All',
        'Environments': [], 'MultiTenancyMode': 'Untenanted', 'DefaultGuidedFailureMode': 'EnvironmentDefault'})
    process = space.get(f"/runbookProcesses/{runbook['RunbookProcessId']}")
    process['Steps'] = [step(f'Step {number}', project) for number in range(2)]
    space.put(f"/runbookProcesses/{runbook['RunbookProcessId']}", process)


def step(name, project):
    script = '\n'.join(f'echo "line {line} of {project["Name"]}: #{{Measured.Setting{line}}}"' for line in range(12))
    action = {'Name': name, 'ActionType': 'Octopus.Script', 'IsDisabled': False, 'IsRequired': False, 'Condition': 'Success',
              'Environments': [], 'ExcludedEnvironments': [], 'Channels': [], 'TenantTags': [], 'Packages': [],
              'Properties': {'Octopus.Action.Script.ScriptSource': 'Inline', 'Octopus.Action.Script.Syntax': 'Bash',
                             'Octopus.Action.Script.ScriptBody': script}}
    return {'Name': name, 'Condition': 'Success', 'StartTrigger': 'StartAfterPrevious', 'PackageRequirement': 'LetOctopusDecide',
            'Properties': {'Octopus.Action.TargetRoles': 'web'}, 'Actions': [action]}


def value(index, project, environments):
    """Five values of each name: one for each of four environments, one for all."""
    place = index % (len(environments) + 1)
    return {'Name': f'Measured.Setting{index // (len(environments) + 1)}', 'Type': 'String', 'IsSensitive': False, 'IsEditable': True,
            'Value': f'https://{project["Slug"]}.example.com/{index * 7919}', 'Description': '', 'Prompt': None,
            'Scope': {'Environment': [environments[place]]} if place < len(environments) else {}}
