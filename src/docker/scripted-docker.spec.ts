import { aContainer } from '../../test/builders/a-container.js';
import { describeDocker } from './docker.contract.js';
import { ScriptedDocker } from './scripted-docker.js';

describeDocker('the scripted one', () => {
  const docker = new ScriptedDocker();
  return Promise.resolve({
    docker,
    put: (environment) => {
      const container = aContainer({ labels: { 'backup.enable': 'true' } });
      docker.put(container, environment);
      return Promise.resolve(container);
    },
    remove: (id) => {
      docker.drop(id);
      docker.tell('destroy', id);
      return Promise.resolve();
    },
    stop: () => Promise.resolve(),
  });
});
