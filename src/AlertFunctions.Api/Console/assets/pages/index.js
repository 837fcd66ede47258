// The pages, in the order of the navigation. `within` names the page under which one that is reached from there belongs.
export const pages = [
  { name: 'overview', title: 'overview.title', load: () => import('./overview/page.js') },

  { name: 'alerts', title: 'alerts.title', load: () => import('./alerts/page.js') },
  { name: 'alert', title: 'alert.title', within: 'alerts', load: () => import('./alert/page.js') },

  { name: 'mail', title: 'mail.title', load: () => import('./mail/page.js') },

  { name: 'system-events', title: 'systemEvents.title', load: () => import('./systemEvents/page.js') },

  { name: 'alert-settings', title: 'alertSettings.title', load: () => import('./alertSettings/page.js') },
  { name: 'users', title: 'users.title', load: () => import('./users/page.js') },
  { name: 'smtp', title: 'smtp.title', load: () => import('./smtp/page.js') },
  { name: 'scheduled-tasks', title: 'tasks.title', load: () => import('./scheduledTasks/page.js') },
  { name: 'backup', title: 'backup.title', load: () => import('./backup/page.js') },
];
